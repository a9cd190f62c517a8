import { choose } from '../seeded-random.ts';
import type { Edit } from './edit.ts';

const tops = [
  'Home | News | About us | Contact',
  'Skip to main content\nMenu   Search   Log in',
  'We use cookies to improve your experience. Accept all | Settings',
  'Start » Archive » Articles\nText size: A A A',
  'Sign up for the newsletter today!\n\nCategories ▾   Tags ▾',
  'ADVERTISEMENT\nYou are here: Home / Blog',
];

const bottoms = [
  'Share this: Facebook | Twitter | Email\nRelated articles you may like',
  'Leave a comment\nYour email address stays private.',
  '© All rights reserved. Imprint | Privacy policy | Terms of use',
  '« Previous post    Next post »\nFiled under: General',
  'Subscribe | RSS | Print this page\nBack to top',
  'Like this page? Follow us!\nPowered by our sponsors',
];

/** Puts a menu above the text and a footer below it. */
export const addBoilerplate: Edit = (text, random) =>
  `${choose(tops, random)}\n\n${text}\n\n${choose(bottoms, random)}`;
