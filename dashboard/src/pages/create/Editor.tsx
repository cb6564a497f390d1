import { ActionGroup, Alert, Button, Card, CardBody, CardTitle, Form as PatternForm, Grid, GridItem, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router-dom';

import { useCreate, useDryRun, usePreflight } from '~/api/create';
import { asProblem, final } from '~/api/problem';
import type { NewJob } from '~/api/types';
import { ClickProblem } from '~/components/ClickProblem';
import { jobPath } from '~/components/jobPath';
import { ProblemView } from '~/components/ProblemView';
import { words } from '~/words/words';

import { pack, type Code } from './code';
import { CodeInput } from './CodeInput';
import { Drawing } from './Drawing';
import { draftOf, type Draft, type Said } from './draft';
import { formOf, problemsOf, type Form, type Key, type Problems } from './form';
import { FormInputs } from './FormInputs';
import { useDraft } from './useDraft';
import { VerdictView } from './VerdictView';
import { WrongFields } from './WrongFields';
import { write, type Told } from './yaml';
import { YamlInput } from './YamlInput';
import './create.css';

/** How long typing pauses before the service is asked. */
const typing = 400;

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), typing);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** atLines are problems from top to bottom; those of the whole, and of what isn't there, come first. */
function atLines(fields: readonly { field?: string; message: string }[], lineOf: (field: string) => number | undefined): Told[] {
  return fields.map((f) => ({ field: f.field, line: lineOf(f.field ?? ''), message: f.message })).sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** asFields are the fields that an error names, if it does. */
function asFields(error: Error | null) {
  const fields = error ? asProblem(error).problem.fields : undefined;
  return fields && fields.length > 0 ? fields : undefined;
}

/** Editor is a job to be: what is wrong with it and whether there is room for it are said while one types. */
export function Editor({ namespace, initial }: { namespace: string; initial: Draft }) {
  const { draft, said, behind, now, change: setDraft } = useDraft(initial);
  const [touched, setTouched] = useState<ReadonlySet<Key>>(new Set());
  const [code, setCode] = useState<Code>();
  const [tried, setTried] = useState(false);
  // The text that a form came from: it is shown again as it was written, comments and all, while nothing is changed in the form.
  const [kept, setKept] = useState<{ form: Form; text: string }>();
  const navigate = useNavigate();

  const { job, spec, problems: own, text: textProblems, lineOf } = said;
  // Once one has been somewhere, what is there is looked at also while something else is missing.
  const begun = draft !== initial && (tried || touched.size > 0);
  const asked = useMemo(() => ({ of: job ?? (begun ? spec : undefined), whole: job !== undefined }), [job, spec, begun]);
  const { of: settled, whole: complete } = useSettled(asked);
  const check = useDryRun(namespace, settled);
  const verdict = usePreflight(namespace, check.isSuccess && complete ? settled : undefined);
  const create = useCreate(namespace);
  // Only what the service says of this very job stops it; where it could not be asked, creating it asks anew.
  const refused = (of: Said) => settled === of.job && check.isError && final(asProblem(check.error).status) && asProblem(check.error).status !== 401;
  const misplacedIn = (of: Said) => (code && !of.spec && of.job ? words.create.code.whole : undefined);
  const misplaced = misplacedIn(said);

  // The simple form of what is said, if there is one: of a whole MPIJob the service knows it.
  const simpleOf = (of: Said) => of.spec ?? (settled === of.job ? check.data?.spec : undefined);
  const simple = behind && !spec ? undefined : simpleOf(said);
  const fitsForm = useMemo(() => simple !== undefined && formOf(simple) !== undefined, [simple]);
  const canBeForm = draft.view === 'form' || fitsForm;
  const inYaml = draft.view === 'yaml';
  // Of a text it is said only what was found in this very text: lines move as one writes.
  const current = !inYaml || (!behind && settled === asked.of);
  const refusal = create.error ?? (current ? check.error : null);
  const fields = inYaml ? asFields(refusal) : undefined;
  const theirs = problemsOf(refusal && !inYaml ? asProblem(refusal) : undefined);
  // What is missing is told once one has been there; what the service finds wrong with what is there, at once.
  const heard = Object.entries(own).filter(([k]) => tried || touched.has(k as Key));
  const told: Problems = { ...Object.fromEntries(Object.entries(theirs.problems).filter(([k]) => !(k in own))), ...Object.fromEntries(heard) };

  const change = (next: Draft) => {
    setDraft(next);
    create.reset();
  };
  const form = useRef<HTMLFormElement>(null);
  // Once it is said what is wrong.
  const toFirstWrong = () => setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  const send = (of: NewJob) =>
    create.mutate({ job: of, code: code && { id: code.id, pack: () => pack(code) } }, { onSuccess: (made) => navigate(jobPath(made)), onError: toFirstWrong });
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    setTried(true);
    // What was typed since the service looked is looked at as it is created.
    const newest = now();
    if (!newest.job || refused(newest) || misplacedIn(newest)) {
      toFirstWrong();
      return;
    }
    send(newest.job);
  };
  const show = (view: Draft['view']) => {
    if (view === draft.view) return;
    const newest = now();
    // What can't be written as YAML would get lost: it is mended first.
    if (draft.view === 'form' && newest.lost) {
      setTried(true);
      return;
    }
    if (draft.view === 'form') {
      change({ view: 'yaml', text: kept?.form === draft.form ? kept.text : write(newest.spec ?? {}) });
      return;
    }
    const next = draftOf(simpleOf(newest));
    if (next.view !== 'form') return; // the text has become another one since the button was drawn
    setKept({ form: next.form, text: draft.text });
    change(next);
  };
  const ask = (workers: number) => {
    if (draft.view !== 'form') return;
    change({ view: 'form', form: { ...draft.form, text: { ...draft.form.text, workers: String(workers) } } });
    document.getElementById('create-workers')?.focus(); // the button goes
  };
  const whole = settled === job ? check.data?.manifest : undefined;
  // What stands at its field, or its line, isn't said again.
  const aside = inYaml ? (fields ? undefined : refusal) : theirs.rest;

  return (
    <Grid hasGutter>
      <GridItem lg={7}>
        <ToggleGroup aria-label={words.create.view.label} className="create-view">
          {(['form', 'yaml'] as const).map((v) => (
            <ToggleGroupItem key={v} text={words.create.view[v]} buttonId={`create-view-${v}`} isSelected={draft.view === v} isDisabled={v === 'form' && !canBeForm} onChange={() => show(v)} />
          ))}
        </ToggleGroup>
        <PatternForm ref={form} onSubmit={submit} noValidate>
          <WrongFields problems={tried ? told : {}} />
          {draft.view === 'form' && (
            <FormInputs namespace={namespace} form={draft.form} problems={told} onChange={(form) => change({ view: 'form', form })} onLeave={(k) => setTouched(new Set(touched).add(k))} />
          )}
          {draft.view === 'yaml' && (
            <>
              {!canBeForm && textProblems.length === 0 && check.isSuccess && <Alert variant="info" isInline isPlain component="p" title={words.create.yaml.noForm} />}
              <YamlInput text={draft.text} behind={behind} problems={fields ? atLines(fields, lineOf) : textProblems} onWhole={spec && whole && !behind ? () => change({ view: 'yaml', text: write(whole) }) : undefined} onChange={(text) => change({ view: 'yaml', text })} />
            </>
          )}
          {(spec ?? code) && <CodeInput code={code} refused={misplaced} onChange={setCode} />}
          {create.error && aside && <ClickProblem error={aside} click="create" onRetry={job && !misplaced ? () => send(job) : undefined} project={namespace} />}
          {!create.error && refusal && aside && <ProblemView error={aside} onRetry={() => void check.refetch()} />}
          {current && check.data?.warnings?.map((warning) => <Alert key={warning} variant="warning" isInline isPlain component="p" title={warning} />)}
          <ActionGroup>
            <Button type="submit" isLoading={create.isPending} isDisabled={create.isPending}>
              {words.create.submit}
            </Button>
          </ActionGroup>
        </PatternForm>
      </GridItem>
      <GridItem lg={5}>
        <Card>
          <CardTitle component="h2">{words.create.room}</CardTitle>
          <CardBody aria-live="polite">
            <VerdictView verdict={settled && current && !check.isError && !(inYaml && verdict.isPlaceholderData) ? verdict.data : undefined} error={current ? verdict.error : null} onWorkers={draft.view === 'form' ? ask : undefined} />
          </CardBody>
        </Card>
        {simple && (
          <Card className="create-drawing">
            <CardTitle component="h2">{words.create.drawing}</CardTitle>
            <CardBody>
              <Drawing spec={simple} />
            </CardBody>
          </Card>
        )}
      </GridItem>
    </Grid>
  );
}
