import { addBoilerplate } from './edits/add-boilerplate.ts';
import { addFiller } from './edits/add-filler.ts';
import { changeNumber } from './edits/change-number.ts';
import { cutOff } from './edits/cut-off.ts';
import { dropSentence } from './edits/drop-sentence.ts';
import type { Edit } from './edits/edit.ts';
import { exchangeNames } from './edits/exchange-names.ts';
import { flattenList } from './edits/flatten-list.ts';
import { flipNegation } from './edits/flip-negation.ts';
import { repeatInLoop } from './edits/repeat-in-loop.ts';
import { replaceName } from './edits/replace-name.ts';

/** What an edit makes of a faithful text, by the kind of fault that it is. */
export const pageEdits: Readonly<Record<string, Edit>> = {
  'number-changed': changeNumber,
  'negation-flipped': flipNegation,
  'name-replaced': replaceName,
  'roles-exchanged': exchangeNames,
  'sentence-dropped': dropSentence,
  'list-flattened': flattenList,
  'cut-off': cutOff,
  loop: repeatInLoop,
  filler: addFiller,
  'boilerplate-added': addBoilerplate,
};
