// The palette: Ctrl-K, a few letters, Enter.
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const field = dialog.querySelector("input"), list = dialog.querySelector(".found"), told = dialog.querySelector("[data-told]");
  const WAIT_MS = 90;
  let timer = 0, asked = null;

  const hits = () => [...list.querySelectorAll("a.hit")];
  const choose = (hit) => {
    hits().forEach((h) => h.setAttribute("aria-selected", String(h === hit)));
    if (hit) { field.setAttribute("aria-activedescendant", hit.id); hit.scrollIntoView({ block: "nearest" }); } else field.removeAttribute("aria-activedescendant");
  };
  const chosen = () => list.querySelector('[aria-selected="true"]');
  const step = (by) => {
    const all = hits();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  };
  const look = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`/find?q=${encodeURIComponent(field.value)}`, { signal: asked.signal, headers: { "X-Deed": "1" } });
      if (answer.status === 401) { window.headrace.ended((await answer.json()).sign_in); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      list.innerHTML = await answer.text();
      choose(hits()[0]);
      told.textContent = String(hits().length);
    } catch (error) {
      if (error.name !== "AbortError") { dialog.close(); window.headrace.toast(document.getElementById("words").dataset.failed, open); }
    }
  };
  const open = () => {
    document.querySelectorAll("dialog[open]").forEach((d) => d.close());
    field.value = "";
    dialog.showModal();
    field.focus();
    look();
  };
  window.headrace = { ...window.headrace, palette: () => (dialog.open ? dialog.close() : open()) };

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, WAIT_MS); });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); step(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Enter" && event.target === field) {
      const hit = chosen();
      if (hit) { event.preventDefault(); hit.click(); }
    }
  });
  list.addEventListener("click", (event) => { if (event.target.closest("a.hit")) dialog.close(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("[data-leave]")) dialog.close(); });
})();
