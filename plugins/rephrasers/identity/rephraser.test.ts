import { testRephraser } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { identityRephraser } from './rephraser.ts';

testRephraser(identityRephraser, { config: {} });

it('takes a page as one passage and a blank page as none', () => {
  const split = (text: string) =>
    identityRephraser.split(
      { id: '1', text, metadata: {} },
      { config: {}, countTokens: () => 1e6, sampling: { maxTokens: 1 }, contextTokens: 1 },
    );
  expect(split(' One.\n\nTwo.\n')).toEqual([{ documentId: '1', index: 0, before: ' ', text: 'One.\n\nTwo.' }]);
  expect(split('\n \n')).toEqual([]);
});
