export { jsonlDataset } from './datasets/jsonl/dataset.ts';
export { identityRephraser } from './rephrasers/identity/rephraser.ts';
export { reproRephraser } from './rephrasers/repro/rephraser.ts';
export { bertscoreReward } from './rewards/bertscore/reward.ts';
export { factsReward } from './rewards/facts/reward.ts';
export { formatReward } from './rewards/format/reward.ts';
export { lengthReward } from './rewards/length/reward.ts';
export { structureRulesReward } from './rewards/structure-rules/reward.ts';
