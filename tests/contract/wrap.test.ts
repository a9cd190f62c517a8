import { testRephraser } from '@repro/sdk/testing';
import { expect, it } from 'vitest';
import { rephrase } from './rephrase.ts';
import { wrapRephraser } from './wrap.ts';

testRephraser(wrapRephraser, { config: { styles: ['easy', 'hard'] }, complete: () => 'Rye became flour here.' });

it('draws a style for each passage and names it as the operation', async () => {
  const text = Array.from({ length: 12 }, (_, number) => `Paragraph number ${number} has words.`).join('\n\n');
  const config = { styles: ['easy', 'questions'], maxTokens: 5 };
  const generate = (prompt: string) => (prompt.startsWith('Turn') ? 'Question: why?' : 'Simple words.');
  const { passages } = await rephrase(wrapRephraser, text, { config, generate });
  expect(passages).toHaveLength(12);
  expect(new Set(passages.map(({ operation }) => operation))).toEqual(new Set(config.styles));
  for (const passage of passages) {
    expect(passage.text).toBe(passage.operation === 'questions' ? 'Question: why?' : 'Simple words.');
  }
});
