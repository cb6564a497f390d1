import text from '../../../../docs/troubleshooting.md?raw';

import { entriesOf } from './entries';

/** troubleshooting is what the docs say of each reason, taken from them when the dashboard is built. */
export const troubleshooting = entriesOf(text);
