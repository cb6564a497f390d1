import { Button, Card, CardBody, CardFooter, CardTitle, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';

import type { Detail, Member } from '~/api/types';
import { Ago } from '~/components/Ago';
import { hasLog, logFor } from '~/components/logFor';
import { typeOf } from '~/jobtypes';
import { wordOf } from '~/words/wordOf';
import { words } from '~/words/words';

import { rankText } from './Topology';

const w = words.job;

interface Props {
  member: Member;
  of: Detail;
  /** Shows the log of a member, of the Launcher for -1. */
  onLog: (index: number) => void;
}

/** MemberDetail is all that is known of the Launcher or one Worker. */
export function MemberDetail({ member, of, onLog }: Props) {
  const facts: [string, React.ReactNode][] = [
    [w.member.state, wordOf(w.memberPhase, member.phase)],
    [w.member.reason, member.reason],
    [w.member.message, member.message],
    [w.ranks(member.ranks?.length ?? 0), member.ranks && rankText(member.ranks)],
    [typeOf(of).words.slots, member.index < 0 ? undefined : of.slotsPerWorker],
    [w.member.exitCode, member.exitCode],
    [w.member.restarts, member.restarts ?? undefined],
    [w.member.started, member.started && <><Ago at={member.started} /> {w.ago}</>],
    [w.member.node, member.node],
    [w.member.pod, member.pod],
    [w.member.log, hasLog(of, member) ? undefined : w.failure.logGone],
  ];
  const logged = logFor(of, member);
  return (
    <Card isCompact className="topology-detail" aria-live="polite">
      <CardTitle component="h3">{member.where}</CardTitle>
      <CardBody>
        <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '20ch' }}>
          {facts
            .filter(([, value]) => value !== undefined && value !== '')
            .map(([term, value]) => (
              <DescriptionListGroup key={term}>
                <DescriptionListTerm>{term}</DescriptionListTerm>
                <DescriptionListDescription>{value}</DescriptionListDescription>
              </DescriptionListGroup>
            ))}
        </DescriptionList>
      </CardBody>
      <CardFooter>
        {logged && (
          <Button variant="secondary" onClick={() => onLog(logged.index)}>
            {w.failure.log(logged.where)}
          </Button>
        )}
      </CardFooter>
    </Card>
  );
}
