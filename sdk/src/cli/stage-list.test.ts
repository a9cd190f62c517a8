import { expect, it } from 'vitest';
import { stageList } from './stage-list.ts';

const recipe = { recycle: {}, score: {} };

it('keeps the order in which stages run, whatever the order on the command line', () => {
  expect(stageList({ only: 'score, recycle' }, recipe)).toEqual(['recycle', 'score']);
  expect(stageList({ only: 'filter' }, recipe)).toEqual(['filter']);
  expect(stageList({}, recipe)).toBeUndefined();
});

it('takes a range of the stages that the recipe has', () => {
  expect(stageList({ from: 'score' }, recipe)).toEqual(['score']);
  expect(stageList({ from: 'score' }, { ...recipe, filter: {} })).toEqual(['score', 'filter']);
  expect(stageList({ to: 'recycle' }, recipe)).toEqual(['recycle']);
});

it('refuses a stage that there is not, and an end before the beginning', () => {
  expect(() => stageList({ only: 'recycle,scor' }, recipe)).toThrow(
    'There is no stage "scor"; stages: train, recycle, score, filter.',
  );
  expect(() => stageList({ from: 'score', to: 'recycle' }, recipe)).toThrow('--from score comes after --to recycle');
});
