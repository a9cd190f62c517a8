import { expect, it } from 'vitest';
import { RecipeSchema } from '../recipe/recipe-schema.ts';
import { plainStages } from '../session/plain-stages.ts';
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

it('takes a training that waits to be named only where it is', () => {
  const { train } = RecipeSchema.parse({ name: 'a', train: { algorithm: 'grpo', when: 'named' } });
  expect(stageList({ to: 'recycle' }, { ...recipe, train })).toEqual(['recycle']);
  expect(stageList({ from: 'train', to: 'recycle' }, { ...recipe, train })).toEqual(['train', 'recycle']);
  expect(plainStages({ ...recipe, train })).toEqual(['recycle', 'score']);
  const always = RecipeSchema.parse({ name: 'a', train: { algorithm: 'grpo' } });
  expect(plainStages({ ...recipe, train: always.train })).toEqual(['train', 'recycle', 'score']);
});

it('refuses a stage that there is not, and an end before the beginning', () => {
  expect(() => stageList({ only: 'recycle,scor' }, recipe)).toThrow('There is no stage "scor"; did you mean "score"?');
  expect(() => stageList({ from: 'recyle' }, recipe)).toThrow('There is no stage "recyle"; did you mean "recycle"?');
  expect(() => stageList({ to: 'mix' }, recipe)).toThrow(
    'There is no stage "mix"; stages: train, recycle, score, filter.',
  );
  expect(() => stageList({ from: 'score', to: 'recycle' }, recipe)).toThrow('--from score comes after --to recycle');
});
