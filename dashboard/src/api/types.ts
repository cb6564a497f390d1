import type { components } from './schema.gen';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type JobList = Schemas['JobList'];
export type JobType = Schemas['Type'];
export type Phase = Schemas['Phase'];
export type Detail = Schemas['Detail'];
export type Member = Schemas['Member'];
export type Progress = Schemas['Progress'];
export type Failure = Schemas['Failure'];
export type Changes = Schemas['Changes'];
export type Spec = Schemas['Spec'];
export type NewJob = Schemas['NewJob'];
export type Curve = Schemas['Curve'];
export type ProgressCurve = Schemas['ProgressCurve'];
export type ProgressLine = Schemas['ProgressLine'];
export type Usage = Schemas['Usage'];
export type Verdict = Schemas['Verdict'];
export type Me = Schemas['Me'];
export type Problem = Schemas['Problem'];
export type LogLine = Schemas['LogLine'];
export type SortKey = Schemas['SortKey'];
export type Removed = Schemas['Removed'];
export type Comparison = Schemas['Comparison'];
export type ComparedField = Schemas['ComparedField'];
export type FieldGroup = Schemas['FieldGroup'];
export type Template = Schemas['Template'];
export type NewTemplate = Schemas['NewTemplate'];
export type UsageBoard = Schemas['UsageBoard'];
export type NamespaceUsage = Schemas['NamespaceUsage'];
export type QuotaUsage = Schemas['QuotaUsage'];
export type CreatorUsage = Schemas['CreatorUsage'];
export type WaitingJob = Schemas['WaitingJob'];
export type Resources = Schemas['Resources'];

/** Which jobs: those of one namespace, or of all that the caller may list at once. */
export type Scope = string | null;
