// Keeps a page that names an interval fresh without losing the place: asks for the same page and puts its #live part in.
(() => {
  const every = 15000;
  let timer = 0;
  const busy = () => {
    const at = document.activeElement;
    return at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName) && document.getElementById('live').contains(at);
  };
  const refresh = async () => {
    if (document.hidden || busy()) return;
    const answer = await fetch(location.href, {credentials: 'same-origin', headers: {Accept: 'text/html'}});
    if (answer.redirected) { location.reload(); return; }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const live = page.getElementById('live');
    if (!live || busy()) return;
    const at = document.activeElement, href = at && at.getAttribute && at.getAttribute('href');
    const scrolled = [...document.querySelectorAll('#live .wide')].map(e => e.scrollLeft);
    document.getElementById('symbols').replaceWith(page.getElementById('symbols'));
    document.getElementById('live').replaceWith(live);
    document.querySelectorAll('#live .wide').forEach((e, i) => { e.scrollLeft = scrolled[i] || 0; });
    if (href) { const again = [...document.querySelectorAll('#live a')].find(a => a.getAttribute('href') === href); if (again) again.focus({preventScroll: true}); }
  };
  const tick = () => { refresh().catch(() => {}).finally(() => { timer = setTimeout(tick, every); }); };
  timer = setTimeout(tick, every);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) { clearTimeout(timer); tick(); } });
})();
