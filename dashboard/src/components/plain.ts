/* eslint-disable no-control-regex -- these are what is looked for */

// As the service has them for a download, whose test has the same cases: control sequences; strings, as titles, together
// with their end; character sets; and the others, of two characters. Of one without its end only the beginning goes. The
// strings hold no other beginning, so that a line of many is read once.
const sequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[PX\]^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]+[0-~]|\u001b[0-~]/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** plain is a line without what moves a terminal's cursor or turns text around; of a progress bar the last state. */
export function plain(text: string): string {
  const without = text.replace(sequences, '');
  let end = without.length;
  while (without[end - 1] === '\r') end--;
  const shown = without.slice(0, end);
  return shown.slice(shown.lastIndexOf('\r') + 1).replace(controls, '');
}
