import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EndpointEvent, type EndpointState, next } from './lifecycle.ts';

const deployment = (configName: string) => ({ configName, variants: [] });
const events: Readonly<Record<string, EndpointEvent>> = {
  created: { type: 'created', atMs: 1, deployment: deployment('old') },
  started: { type: 'started', atMs: 2 },
  failed: { type: 'failed', atMs: 2, reason: 'because' },
  update: { type: 'update-requested', atMs: 3, deployment: deployment('new') },
  updated: { type: 'updated', atMs: 4 },
  updateFailed: { type: 'update-failed', atMs: 4, reason: 'because' },
  stage: { type: 'stage-reached', atMs: 4, stage: 0 },
  back: { type: 'rollback-started', atMs: 5, reason: 'an alarm' },
  rolledBack: { type: 'rolled-back', atMs: 6 },
  backFailed: { type: 'rollback-failed', atMs: 6, reason: 'because' },
  delete: { type: 'delete-requested', atMs: 5 },
};

test('Each course of events leads to the status that AWS documents, and what cannot happen is refused', () => {
  const courses: [string, string, string][] = [
    ['created', 'Creating', 'old'],
    ['created started', 'InService', 'old'],
    ['created failed', 'Failed', 'old'],
    ['created started failed', 'Failed', 'old'],
    ['created started update', 'Updating', 'old'],
    ['created started update updated', 'InService', 'new'],
    ['created started update updateFailed', 'InService', 'old'],
    ['created started update stage', 'Updating', 'old'],
    ['created started update stage updated', 'InService', 'new'],
    ['created started update stage back', 'RollingBack', 'old'],
    ['created started update stage back updated', 'RollingBack', 'old'],
    ['created started update stage back stage rolledBack', 'InService', 'old'],
    ['created started update stage back backFailed', 'UpdateRollbackFailed', 'old'],
    ['created started update stage back backFailed update', 'Updating', 'old'],
    ['created started update stage back backFailed delete', 'Deleting', 'old'],
    ['created started update stage back delete', 'RollingBack', 'old'],
    ['created started stage', 'InService', 'old'],
    ['created started delete', 'Deleting', 'old'],
    ['created failed delete', 'Deleting', 'old'],
    ['created delete', 'Creating', 'old'],
    ['created update', 'Creating', 'old'],
    ['created started update delete', 'Updating', 'old'],
    ['created started update update', 'Updating', 'old'],
    ['created failed update', 'Failed', 'old'],
    ['created started delete started', 'Deleting', 'old'],
  ];
  for (const [course, status, configName] of courses) {
    let state: EndpointState | undefined;
    for (const name of course.split(' ')) state = next(state, events[name]!) ?? state;
    assert.deepEqual([state?.status, state?.deployment.configName], [status, configName], course);
  }
});
