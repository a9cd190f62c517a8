import { expect, it } from 'vitest';
import { stageList } from './stage-list.ts';

it('keeps the order in which stages run, whatever the order on the command line', () => {
  expect(stageList({ only: 'score, recycle' })).toEqual(['recycle', 'score']);
  expect(stageList({ from: 'score' })).toEqual(['score']);
  expect(stageList({ to: 'recycle' })).toEqual(['recycle']);
  expect(stageList({})).toBeUndefined();
});

it('refuses a stage that there is not, and an end before the beginning', () => {
  expect(() => stageList({ only: 'recycle,scor' })).toThrow('There is no stage "scor"; stages: recycle, score.');
  expect(() => stageList({ from: 'score', to: 'recycle' })).toThrow('--from score comes after --to recycle');
});
