import { MutationObserver, onlineManager } from '@tanstack/react-query';

import { newQueries } from './queries';

test('a click without a network fails at once: it isn’t kept to be done later, unasked', async () => {
  onlineManager.setOnline(false);
  const send = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')));
  const click = new MutationObserver(newQueries(), { mutationFn: send });
  await expect(click.mutate()).rejects.toThrow('Failed to fetch');
  onlineManager.setOnline(true);
  expect(send).toHaveBeenCalledOnce();
});
