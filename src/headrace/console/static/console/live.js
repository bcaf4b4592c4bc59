// What happens is told by a stream; where there is none, the page looks by itself every few seconds. Either way parts of a page that say
// hx-trigger="tick from:body" are fetched anew, never more often than they ask for (data-every, in seconds), and not while nobody looks.
(() => {
  "use strict";
  const POLL_S = 15, LIVE_POLL_S = 60, LEAST_S = 2;
  const address = document.querySelector('meta[name="live"]')?.content;
  let state = "polling", stream = null, due = null, last = Date.now(), missed = false;

  const show = () => {
    document.body.dataset.live = state;
    document.querySelectorAll("[data-live-mark]").forEach((mark) => {
      mark.dataset.state = state;
      mark.querySelectorAll("[data-when]").forEach((word) => { word.hidden = word.dataset.when !== state; });
    });
  };
  const tick = (topics) => {
    due = null;
    if (document.hidden) { missed = true; return; } // asked for as soon as somebody looks
    missed = false;
    last = Date.now();
    document.body.dispatchEvent(new CustomEvent("tick", { detail: { topics } }));
  };
  // The first piece of news is told at once, what follows within LEAST_S together.
  const news = (topics) => {
    if (due) return;
    due = setTimeout(() => tick(topics), Math.max(0, last + 1000 * LEAST_S - Date.now()));
  };
  const become = (now) => { if (state !== now) { state = now; show(); } };

  const connect = () => {
    if (!address || !("EventSource" in window)) return;
    stream = new EventSource(address, { withCredentials: true });
    stream.addEventListener("hello", () => become("live"));
    stream.addEventListener("changed", (event) => news(event.data));
    stream.addEventListener("ended", () => { stream.close(); become("ended"); tick("ended"); });
    stream.addEventListener("error", () => { if (state !== "ended") become("polling"); });
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden && missed) tick("missed"); });
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  setInterval(() => {
    const every = state === "live" ? LIVE_POLL_S : POLL_S;
    if (Date.now() - last >= 1000 * every) tick("clock");
  }, 1000);
  show();
  connect();
})();
