import { act } from '@testing-library/react';
import axe from 'axe-core';

// axe draws text to tell icons' fonts, which jsdom can't.
HTMLCanvasElement.prototype.getContext = () => null;

/** flaws is what axe finds wrong, all its rules on; colours, which jsdom doesn't paint, are looked at in browsers. */
export async function flaws(of: Element): Promise<string[]> {
  // It takes its time, in which what the page asked for may come.
  const { violations } = await act(() => axe.run(of, { resultTypes: ['violations'] }));
  return violations.map((v) => `${v.id}: ${v.help} ${v.nodes.map((n) => n.html).join(' ')}`);
}
