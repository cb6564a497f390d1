// eslint-disable-next-line no-control-regex -- these are what is looked for
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** plain is a line without what moves a terminal's cursor or turns text around; of a progress bar the last state. */
export function plain(text: string): string {
  const without = text.replace(sequences, '');
  const last = without.slice(without.replace(/\r+$/, '').lastIndexOf('\r') + 1);
  return last.replace(controls, '');
}
