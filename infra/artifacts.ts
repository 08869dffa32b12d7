/** Folders of what stacks deploy. They are made before the stacks, which only take their hashes. */
export interface Artifacts {
  /** The function that helps CloudFormation. */
  helper: string;
  /** One folder per Lambda unit, and one for `watch`. */
  lambdas: Readonly<Record<string, string>>;
  /** The folder with the Dockerfile. */
  imageContext: string;
}
