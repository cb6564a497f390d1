import { Button, Content, Label, LabelGroup } from '@patternfly/react-core';
import { useState } from 'react';

import type { Detail, Member } from '~/api/types';
import { look } from '~/components/look';
import { membersOf } from '~/api/members';
import { wordOf } from '~/words/wordOf';
import { words } from '~/words/words';

import { MemberDetail } from './MemberDetail';
import './topology.css';

interface Props {
  job: Detail;
  onLog: (worker: number) => void;
}

const w = words.job;

/** Topology is the job's pods, as its Launcher and its Workers, by node; each opens on a click. It is a list to those who listen. */
export function Topology({ job, onLog }: Props) {
  const [open, setOpen] = useState<number>();
  const members = membersOf(job);
  const shown = members.find((m) => m.index === open);
  return (
    <>
      <LabelGroup aria-label={w.legend} numLabels={8}>
        {[...new Set(members.map((m) => m.phase))].map((phase) => {
          const { color, Icon } = look(phase);
          return (
            <Label key={phase} color={color} icon={<Icon />} variant="outline" isCompact>
              {wordOf(w.memberPhase, phase)}: {members.filter((m) => m.phase === phase).length}
            </Label>
          );
        })}
      </LabelGroup>
      {byNode(members).map(([node, of]) => (
        <section key={node} className="topology-node" aria-label={node || w.noNode}>
          <Content component="small">{node || w.noNode}</Content>
          <ul>
            {of.map((m) => (
              <li key={m.index}>
                <Tile member={m} open={open === m.index} onOpen={() => setOpen(open === m.index ? undefined : m.index)} failed={job.failure?.where === m.where} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {shown && <MemberDetail member={shown} of={job} onLog={onLog} />}
    </>
  );
}

function byNode(members: Member[]): [string, Member[]][] {
  const nodes = new Map<string, Member[]>();
  for (const m of members) nodes.set(m.node ?? '', [...(nodes.get(m.node ?? '') ?? []), m]);
  return [...nodes];
}

interface TileProps {
  member: Member;
  open: boolean;
  onOpen: () => void;
  /** The failure is this one's. */
  failed: boolean;
}

function Tile({ member, open, onOpen, failed }: TileProps) {
  const { color, Icon } = look(failed ? 'Failed' : member.phase);
  return (
    <Button variant="control" className={`topology-tile topology-${color}`} icon={<Icon />} aria-expanded={open} onClick={onOpen}>
      <span>{member.where}</span>
      <span className="pf-v6-screen-reader"> {wordOf(w.memberPhase, failed ? 'Failed' : member.phase)} </span>
      {member.ranks && member.ranks.length > 0 && (
        <span className="topology-ranks">
          {w.ranks(member.ranks.length)} {rankText(member.ranks)}
        </span>
      )}
    </Button>
  );
}

/** rankText is a set of ranks in few words: "0-3, 8". */
export function rankText(ranks: number[]): string {
  const parts: string[] = [];
  const sorted = [...ranks].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length; i++) {
    const first = sorted[i];
    while (i + 1 < sorted.length && sorted[i + 1] === (sorted[i] ?? 0) + 1) i++;
    parts.push(first === sorted[i] ? String(first) : `${first}-${sorted[i]}`);
  }
  return parts.join(', ');
}
