import ClassifierTrain from './commands/classifier/train.ts';
import Doctor from './commands/doctor.ts';
import EnvSetup from './commands/env/setup.ts';
import Explain from './commands/explain.ts';
import Init from './commands/init.ts';
import PluginsList from './commands/plugins/list.ts';
import PluginsShow from './commands/plugins/show.ts';
import Query from './commands/query.ts';
import RewardsBench from './commands/rewards/bench.ts';
import Run from './commands/run.ts';
import Try from './commands/try.ts';
import Verify from './commands/verify.ts';

/** Every command; oclif reads their names, flags and help from here. */
export const commands = {
  'classifier:train': ClassifierTrain,
  doctor: Doctor,
  'env:setup': EnvSetup,
  explain: Explain,
  init: Init,
  'plugins:list': PluginsList,
  'plugins:show': PluginsShow,
  query: Query,
  'rewards:bench': RewardsBench,
  run: Run,
  try: Try,
  verify: Verify,
};
