// Keys, rows and dialogs. Pages work without it; with it a morning's queue is cleared from the keyboard.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-rows] tr[data-open]")];
  const here = () => document.querySelector("[data-rows] tr.on");
  const typing = (el) => el.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  const stand = (row) => {
    if (!row) return;
    rows().forEach((r) => r.classList.toggle("on", r === row));
    row.scrollIntoView({ block: "nearest" });
  };
  const open = (row) => { if (row) { stand(row); row.querySelector("a")?.click(); } };
  const step = (by) => {
    const all = rows(), at = all.indexOf(here());
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (document.querySelector(".desk")) open(next); else stand(next);
  };
  const mark = () => {
    const box = here()?.querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; counted(); }
  };
  const counted = () => {
    const bar = document.querySelector(".bulk");
    if (!bar) return;
    const n = document.querySelectorAll("[data-rows] tbody input[type=checkbox]:checked").length;
    bar.hidden = n === 0;
    bar.querySelector("[data-count]").textContent = n;
  };
  const press = (name) => {
    const found = document.querySelector(`[data-key="${name}"]`);
    if (!found) return;
    // A summary opens its form, and the hands are meant to go on there.
    if (found.tagName !== "SUMMARY") { found.click(); return; }
    found.parentElement.open = true;
    found.parentElement.querySelector("form :is(textarea, select, input:not([type=hidden]))")?.focus();
  };

  let waiting = "";
  const gone = { t: "/", e: "/exceptions", o: "/orders" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key;
    if (waiting === "g" && gone[key]) { location.href = gone[key]; return; }
    waiting = key === "g" ? "g" : "";
    const does = {
      j: () => step(1), k: () => step(-1), x: mark, r: () => press("r"), a: () => press("a"), u: () => press("u"), c: () => press("c"), z: () => press("z"), e: () => press("e"),
      Enter: () => { if (!event.target.closest("a, button, summary, input")) open(here()); },
      "/": () => { document.getElementById("find")?.focus(); },
      Escape: () => document.activeElement?.blur(),
      "?": () => document.getElementById("keys")?.showModal(),
    }[key];
    if (!does) return;
    if (key.length === 1) event.preventDefault(); // the letter is the command, not the first word of the field that opens
    does();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) {
      document.querySelectorAll("[data-rows] tbody input[type=checkbox]").forEach((b) => { b.checked = event.target.checked; });
    }
    if (event.target.matches("[data-rows] input[type=checkbox]")) counted();
    if (event.target.matches("form[data-live] select")) event.target.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-columns]")) form.elements.columns.value = [...form.querySelectorAll("input:checked")].map((b) => b.value).join(",");
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-open]");
    if (!row) return;
    if (event.target.closest("a")) { stand(row); return; }
    if (!event.target.closest("input, button, label")) open(row);
  });
})();
