import type { JsonObject } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordChange, RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { JobKind } from '../jobs/job-kinds.ts';
import type { ResourceKind } from '../kinds.ts';
import type { Scope } from '../paging.ts';
import type { Place } from '../resource.ts';

/** The record of an entry. */
export type EntryBody = {
  name: string;
  arn: string;
  /** What was said of it, by the names that a Describe answers. Times are texts. */
  members: JsonObject;
  /** Of a model package group: the highest version that was ever given. */
  lastVersion?: number;
  /** Of a trial component: the job that it is about. */
  job?: { kind: JobKind; name: string };
};

/**
 * A kind of resources that are only kept: no program runs for them. What its operations do follows from this table, see
 * operations.ts; one more kind is one more table.
 */
export interface EntryKind {
  kind: ResourceKind;
  /** The word in CreateExperiment, ExperimentName and ExperimentArn. */
  noun: string;
  /** The member of a List's answer that holds the summaries. */
  listed: string;
  /** The members that a summary shows beside name, ARN and times. */
  summary: readonly string[];
  /** What identifies one, where its name need not be unique; requests then give its ARN in NOUNArn. */
  identity?(input: Record<string, any>): string;
  /** The members that an Update replaces. */
  replaced?: readonly string[];
  /** The members that are maps: an Update sets their keys one by one, and its member NAMEToRemove lists keys to remove. */
  merged?: readonly string[];
  /** The order of a List that names none; descending where left out. */
  ascending?: true;
  /** The member by which a List filters, kept as the record's status. */
  status?: string;
  /** The most keys that such a map may have. */
  mergedMax?: number;
  /** What it belongs to, by the member that names it. The parent must exist, and cannot be deleted before. */
  parent?: { kind: ResourceKind; member: string };
  /** Members that are answered and not kept, or kept elsewhere. */
  shown?(context: Context, record: RecordOf<EntryBody>, place: Place): object | Promise<object>;
  /** Throws for what the service model cannot say of a new one. */
  check?(context: Context, call: Call<any>): Promise<void>;
  /** What a List is narrowed to. */
  scope?(context: Context, call: Call<any>): Promise<Scope<EntryBody>>;
  /** Throws while it must not be deleted. */
  checkUnused?(context: Context, record: RecordOf<EntryBody>): Promise<void>;
  /** What is kept with a new one, and what is removed with it. */
  besideMade?(body: EntryBody, nowMs: number): RecordChange[];
  besideRemoved?(record: RecordOf<EntryBody>): RecordChange[];
}
