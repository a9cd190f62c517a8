import { ReproError } from '@repro/bridge';

/** `init` does not write into a folder that holds something. */
export class FolderNotEmptyError extends ReproError {
  readonly code = 'REPRO_FOLDER_NOT_EMPTY';
  readonly folder: string;

  constructor({ folder }: { readonly folder: string }) {
    super(`${folder} is not empty.`, { hint: 'Give a new folder; nothing is overwritten.' });
    this.folder = folder;
  }
}

/** There is no template of that name. */
export class UnknownTemplateError extends ReproError {
  readonly code = 'REPRO_UNKNOWN_TEMPLATE';
  readonly template: string;

  constructor({ template, known }: { readonly template: string; readonly known: readonly string[] }) {
    super(`There is no template "${template}"; templates: ${known.join(', ')}.`, {
      hint: 'Give one of those with --template.',
    });
    this.template = template;
  }
}
