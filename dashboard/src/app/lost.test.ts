import { reloadWhatIsLost } from './lost';

test('a lost part has the page loaded anew, once a minute at most', () => {
  vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z') });
  const reload = vi.fn();
  reloadWhatIsLost(reload);
  const lose = () => window.dispatchEvent(new Event('vite:preloadError'));
  lose();
  expect(reload).toHaveBeenCalledTimes(1);
  lose();
  vi.advanceTimersByTime(59_000);
  lose();
  expect(reload).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(2_000);
  lose();
  expect(reload).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

test('without memory of the last time nothing is loaded anew', () => {
  const reload = vi.fn();
  reloadWhatIsLost(reload);
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new Error('denied');
  });
  window.dispatchEvent(new Event('vite:preloadError'));
  expect(reload).not.toHaveBeenCalled();
});
