// Keys, rows and tables. Pages work without it; with it a morning's queue is cleared from the keyboard.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const rows = () => [...document.querySelectorAll("[data-rows] tr[data-open]")];
  const here = () => document.querySelector("[data-rows] tr.on");
  const typing = (el) => el.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

  // Rows of a list
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
    document.querySelectorAll("[data-rows] tbody tr").forEach((r) => r.classList.toggle("chosen", !!r.querySelector("input[type=checkbox]:checked")));
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

  // Keys of the whole console; a page's own are its elements with data-key
  const show = (id) => { const d = document.getElementById(id); if (d && !d.open) d.showModal(); };
  const keys = () => {
    const own = new Set([...document.querySelectorAll("[data-key]")].map((el) => el.dataset.key));
    document.querySelectorAll("#keys [data-for-key]").forEach((el) => { el.hidden = !own.has(el.dataset.forKey); });
    document.querySelectorAll("#keys [data-for-rows]").forEach((el) => { el.hidden = !rows().length; });
    document.querySelectorAll("#keys [data-for-marks]").forEach((el) => { el.hidden = !document.querySelector("[data-rows] tbody input[type=checkbox]"); });
    document.querySelectorAll("#keys section").forEach((el) => { el.hidden = !el.querySelector("dl > div:not([hidden])"); });
    show("keys");
  };
  const turn = (way) => document.querySelector(`.pages a[rel=${way}]`)?.click();
  let waiting = "";
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); window.headrace?.palette(); return; }
    if (event.key === "Escape") {
      document.querySelectorAll("details.pop[open]").forEach((d) => { d.open = false; if (d.contains(document.activeElement)) d.querySelector("summary").focus(); });
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key;
    if (waiting === "g") {
      waiting = "";
      const room = document.querySelector(`.side [data-go="${CSS.escape(key)}"]`);
      if (room) { event.preventDefault(); location.href = room.href; return; }
    }
    waiting = key === "g" ? "g" : "";
    const does = {
      j: () => step(1), k: () => step(-1), x: mark, n: () => turn("next"), p: () => turn("prev"),
      Enter: () => { if (!event.target.closest("a, button, summary, input")) open(here()); },
      "/": () => { document.getElementById("find")?.focus(); },
      Escape: () => document.activeElement?.blur(),
      "?": keys,
    }[key] ?? (/^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]`) ? () => press(key) : null);
    if (!does) return;
    if (key.length === 1) event.preventDefault(); // the letter is the command, not the first word of the field that opens
    does();
  });

  document.addEventListener("change", (event) => {
    const el = event.target;
    if (el.matches("[data-all]")) {
      document.querySelectorAll("[data-rows] tbody input[type=checkbox]").forEach((b) => { b.checked = el.checked; });
    }
    if (el.matches("[data-rows] input[type=checkbox]")) counted();
    const whole = el.matches("select") || (el.type === "date" && (!el.value || el.value >= "2000")); // a year that is being typed is 0002 first
    if (el.closest("form[data-live]") && whole && !el.closest(":popover-open")) el.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-columns]")) form.elements.columns.value = [...form.querySelectorAll("input:checked")].map((b) => b.value).join(",");
    // What is empty narrows nothing, and does not belong into an address
    if (form.matches("form[data-live]")) {
      const idle = [...form.elements].filter((el) => el.name && el.value === "" && !el.disabled);
      idle.forEach((el) => { el.disabled = true; });
      setTimeout(() => idle.forEach((el) => { el.disabled = false; }));
    }
  });
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]");
    if (opens) {
      opens.closest("[popover]")?.hidePopover();
      if (opens.dataset.opens === "keys") keys(); else window.headrace?.palette();
    }
    document.querySelectorAll("details.pop[open]").forEach((d) => { if (!d.contains(event.target) || opens) d.open = false; });
    const earlier = event.target.closest("[data-earlier]");
    if (earlier) {
      const item = earlier.closest("li");
      if (item.previousElementSibling) item.previousElementSibling.before(item);
      earlier.focus();
    }
    const row = event.target.closest("tr[data-open]");
    if (!row) return;
    if (event.target.closest("a")) { stand(row); return; }
    if (!event.target.closest("input, button, label, summary, details") && !getSelection().toString()) open(row);
  });

  // Wide tables say that there is more to the side; those that fit keep their head in sight; what scrolls either way is reached by keyboard
  const measure = () => document.querySelectorAll(".scroll").forEach((box) => {
    const beyond = box.scrollWidth - box.clientWidth;
    const fits = beyond <= 1 && box.scrollHeight - box.clientHeight <= 1;
    box.classList.toggle("fits", fits && !box.closest(".scroll .scroll"));
    box.classList.toggle("slides", beyond > 1);
    box.classList.toggle("more-left", beyond > 1 && box.scrollLeft > 2);
    box.classList.toggle("more-right", beyond > 1 && box.scrollLeft < beyond - 2);
    if (fits) box.removeAttribute("tabindex"); else box.tabIndex = 0;
  });
  document.addEventListener("scroll", (event) => { if (event.target.classList?.contains("scroll")) measure(); }, { capture: true, passive: true });
  addEventListener("resize", measure);
  document.addEventListener("htmx:afterSettle", measure);
  document.addEventListener("toggle", measure, true);
  measure();
  document.querySelectorAll(".tabs [aria-current]").forEach((el) => { el.parentElement.scrollLeft = el.offsetLeft - 24; });
})();
