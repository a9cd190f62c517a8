import { type CompletedCompletion, defineRephraser, joinParts, splitDocument } from '@repro/sdk/contract';
import { z } from 'zod';

/** What is asked, and how a usable answer begins. */
const tasks = {
  wikipedia: { opener: 'Article:', ask: 'Write this text again as an article of an encyclopaedia.' },
  questions: { opener: 'Questions:', ask: 'Write varied questions on this text, each with its answer.' },
  distill: { opener: 'Summary:', ask: 'Say this text in fewer words; keep every fact and figure.' },
  extract: { opener: 'Knowledge:', ask: 'Write down the lasting knowledge in this text and leave the rest.' },
  list: { opener: 'List:', ask: 'List the facts, terms and figures of this text, one on each line.' },
} as const;

const Task = z.enum(['wikipedia', 'questions', 'distill', 'extract', 'list']);

const Config = z.strictObject({
  /** Low-quality pages get `wikipedia`, good ones the other four; a route in the recipe decides which entry is asked. */
  tasks: z.array(Task).min(1),
  maxPassageTokens: z.int().positive().default(1000),
  /** Shorter answers are noise; 50 is the paper's value. */
  minTokens: z.int().nonnegative().default(50),
});

/** Nemotron-CC (Su et al. 2024): several tasks about one passage, each giving a record of its own. */
export const nemotronCcRephraser = defineRephraser({
  specificationVersion: 'v1',
  kind: 'rephraser',
  name: 'nemotron-cc',
  configSchema: Config,

  split(document, { config: { maxPassageTokens }, countTokens }) {
    return splitDocument(document, { maxCharacters: 8 * maxPassageTokens, maxTokens: maxPassageTokens, countTokens });
  },

  prompt(passage, config) {
    return config.tasks.map((task) => {
      const { ask, opener } = tasks[task];
      return { messages: [{ role: 'user', content: `${ask} Begin with "${opener}".\n\n${passage.text}` }] };
    });
  },

  parse(completions, _passage, config) {
    const texts = [];
    const rejected = [];
    for (const [index, operation] of config.tasks.entries()) {
      const { text, reason } = readAnswer(completions[index], tasks[operation].opener, config.minTokens);
      if (reason === undefined) {
        texts.push({ text, operation });
      } else {
        rejected.push({ reason, operation });
      }
    }
    const [first] = rejected;
    return texts.length === 0 && first
      ? { outcome: 'rejected', reason: first.reason, detail: first.operation }
      : { outcome: 'expanded', texts, rejected };
  },

  join: joinParts,
});

function readAnswer(completion: CompletedCompletion | undefined, opener: string, minTokens: number) {
  if (completion?.finishReason !== 'stop') {
    return { reason: 'cut-off' };
  }
  const text = completion.text.trim();
  const answer = text.startsWith(opener) ? text.slice(opener.length).trim() : '';
  if (answer === '') {
    return { reason: text === opener ? 'empty' : 'no-opener' };
  }
  return completion.tokens < minTokens ? { reason: 'too-short' } : { text: answer };
}
