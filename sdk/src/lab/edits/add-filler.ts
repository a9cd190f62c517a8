import { choose } from '../seeded-random.ts';
import type { Edit } from './edit.ts';

const sentences = [
  'It is worth keeping in mind that this is a subject many people care about.',
  'There are several aspects to consider here, and each of them plays its part.',
  'All in all, this is something from which everybody can benefit in one way or another.',
  'As we have seen, a careful look at the matter is always worthwhile.',
  'Of course, much depends on the circumstances, which differ from case to case.',
  'In conclusion, it can be said that the points above are of great importance.',
  'Taking the time to understand this topic will pay off sooner or later.',
  'Needless to say, there is a lot more that could be said about it.',
  'This makes it clear why so many people find it interesting and useful.',
  'Whatever the case may be, it is good to be well informed.',
];

/** Shares of the text's length that the filler has. */
const amounts = [0.3, 0.6, 1];

/** Puts sentences behind the text that say nothing. */
export const addFiller: Edit = (text, random) => {
  const characters = text.length * (choose(amounts, random) ?? 1);
  const left = [...sentences];
  const filler: string[] = [];
  for (let length = 0; length < characters && left.length > 0; ) {
    const [sentence = ''] = left.splice(Math.floor(random() * left.length), 1);
    filler.push(sentence);
    length += sentence.length + 1;
  }
  return filler.length === 0 ? undefined : `${text}\n\n${filler.join(' ')}`;
};
