// What is under way, what failed, and what waits: every request that a page makes by itself tells how it went.
(() => {
  "use strict";
  const words = document.getElementById("words")?.dataset ?? {};
  const signedIn = document.body.hasAttribute("data-signed-in");
  const toasts = () => document.getElementById("toasts");

  const toast = (text, again) => {
    const box = document.createElement("div");
    box.className = "toast";
    const told = document.createElement("span");
    told.textContent = text;
    box.append(told);
    if (again) {
      const button = document.createElement("button");
      button.className = "btn small";
      button.textContent = words.again;
      button.onclick = () => { box.remove(); again(); };
      box.append(button);
    }
    const cross = document.createElement("button");
    cross.className = "cross";
    cross.setAttribute("aria-label", words.close);
    cross.textContent = "×";
    cross.onclick = () => box.remove();
    box.append(cross);
    toasts()?.replaceChildren(box);
  };
  const ended = (address) => { toast(words.ended, () => { location.href = address; }); setTimeout(() => { location.href = address; }, 1500); };
  window.headrace = { ...window.headrace, toast, ended };

  // A line on top while something is asked for, from the third tenth of a second on
  let line = null, timer = 0, open = 0;
  const begin = () => {
    open += 1;
    if (open > 1) return;
    timer = setTimeout(() => { line = document.createElement("div"); line.className = "under-way"; line.setAttribute("aria-hidden", "true"); document.body.append(line); }, 300);
  };
  const end = () => { open = Math.max(0, open - 1); if (open) return; clearTimeout(timer); line?.remove(); line = null; };
  const polls = (event) => (event.detail.elt.getAttribute("hx-trigger") ?? "").includes("every");
  document.addEventListener("htmx:beforeRequest", (event) => { if (!polls(event)) begin(); });
  document.addEventListener("htmx:afterRequest", (event) => { if (!polls(event)) end(); if (event.detail.successful) toasts()?.replaceChildren(); });

  // A request that failed says so, and can be tried again; a page that looks by itself will look again anyway
  const failed = (text) => (event) => {
    const { elt, target, requestConfig: asked } = event.detail;
    const again = () => window.htmx.ajax(asked.verb.toUpperCase(), asked.path, { source: elt, target, values: asked.verb === "get" ? undefined : asked.parameters });
    toast(text, polls(event) ? null : again);
  };
  document.addEventListener("htmx:sendError", failed(words.offline));
  document.addEventListener("htmx:timeout", failed(words.offline));
  document.addEventListener("htmx:responseError", failed(words.failed));

  // What waits in the rooms, now and then while somebody looks
  const EVERY_MS = 30000;
  const count = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/waiting", { headers: { Accept: "application/json", "X-Deed": "1" } });
      if (!answer.ok) return;
      for (const [room, waits] of Object.entries(await answer.json())) {
        document.querySelectorAll(`[data-waits="${room}"]`).forEach((el) => {
          el.textContent = waits.told;
          el.hidden = !waits.told;
          el.classList.toggle("bad", waits.overdue);
        });
      }
    } catch { /* the next look tells */ }
  };
  // The first time somebody is here, moments are told in the zone of their browser
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (document.body.hasAttribute("data-new-here") && zone) {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    body.set("time_zone", zone);
    body.set("quietly", "1");
    fetch("/do/keep_preferences", { method: "POST", body, headers: { "X-Deed": "1" } }).catch(() => {});
  }
  if (signedIn) { setInterval(count, EVERY_MS); document.addEventListener("visibilitychange", count); }
})();
