/** A checkpoint that comes with the page. */
export interface BundledModel {
  /** What `load` takes: its folder of `public/models`. */
  readonly ref: string;
  readonly title: string;
  readonly note: string;
  /** A prompt that shows what the model can do. */
  readonly example?: string;
}
