/** Where metrics of our own stand in CloudWatch, each stage apart. Functions write them as lines of their logs. */
export function metricsNamespace(stage: { name: string }): string {
  return `Myelin/${stage.name}`;
}
