/** How long until a page is loaded anew again for a part that was lost: what can't be had is then said instead. */
const again = 60_000;
const key = 'training.lost-part';

/**
 * Loads the page anew where a part of it is lost on its way, or went with an earlier release of the service. Once a
 * minute at most; the second time Boundary says so.
 */
export function reloadWhatIsLost(reload = () => window.location.reload()) {
  window.addEventListener('vite:preloadError', () => {
    try {
      if (Date.now() - Number(sessionStorage.getItem(key) ?? 0) < again) return;
      sessionStorage.setItem(key, String(Date.now()));
    } catch {
      return; // without memory of it there would be no end
    }
    reload();
  });
}
