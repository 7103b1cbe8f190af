import { type Model, openModel } from "../models/model.ts";
import { openTokenizer, type Tokenizer } from "../models/tokenizer/tokenizer.ts";
import type { Folder } from "../tensor/checkpoint/folder.ts";
import { httpFolder } from "../tensor/checkpoint/http-folder.ts";
import { resolveModelRef } from "../tensor/checkpoint/model-url.ts";

/** Models as this tab knows them: headers and tokenizer of the last ones are kept, weights never. */
export interface ModelStore {
  open(ref: string): Promise<Model>;
  tokenizer(ref: string): Promise<Tokenizer>;
}

/** How many models' headers are kept. */
const keptModels = 3;

/** `base` is where bundled models are served: the page's own address, with a slash at its end. */
export function createModelStore(base: string): ModelStore {
  const folderOf = (ref: string) => httpFolder(resolveModelRef(ref, base).url);
  const open = remember((ref) => openModel(folderOf(ref)));
  return {
    open,
    tokenizer: remember(async (ref) => readTokenizer(folderOf(ref), await open(ref))),
  };
}

/** Calls once for each of the latest keys; a failure is forgotten, so that the next call tries again. */
function remember<T>(make: (ref: string) => Promise<T>): (ref: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (ref) => {
    const made = kept.get(ref) ?? make(ref);
    kept.delete(ref);
    kept.set(ref, made);
    made.catch(() => kept.delete(ref));
    for (const oldest of [...kept.keys()].slice(0, -keptModels)) kept.delete(oldest);
    return made;
  };
}

async function readTokenizer(folder: Folder, { decoder }: Model): Promise<Tokenizer> {
  const optional = async (path: string) => ((await folder.exists(path)) ? folder.text(path) : null);
  const [tokenizerJson, tokenizerConfigJson, chatTemplate] = await Promise.all([
    folder.text("tokenizer.json"),
    optional("tokenizer_config.json"),
    optional("chat_template.jinja"),
  ]);
  const { vocabularySize } = decoder.shape;
  return openTokenizer({ tokenizerJson, tokenizerConfigJson, chatTemplate, vocabularySize });
}
