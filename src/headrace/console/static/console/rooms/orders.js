// The order page: panels of the bar, keys of its own, and parts that refresh without touching what somebody is typing.
(() => {
  "use strict";
  const bar = () => document.getElementById("deeds");
  const open = () => bar()?.querySelector("details.act[open]");
  const typing = (el) => el.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const first = (act) => act.querySelector("form :is(textarea, select, input:not([type=hidden]))");

  // The keys that the shared sheet does not know; the list that one came from is remembered by its page.
  const beside = (by) => {
    const here = document.querySelector("[data-order]")?.dataset.order;
    const list = JSON.parse(sessionStorage.getItem("orders") || "[]");
    const at = list.indexOf(here);
    if (at >= 0 && list[at + by]) location.href = `/orders/${list[at + by]}`;
  };
  const press = (key) => {
    const summary = bar()?.querySelector(`summary[data-key="${key}"]`);
    if (!summary) return false;
    const act = summary.parentElement;
    act.open = true;
    (first(act) || act.querySelector("button, a"))?.focus();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (!bar()) return;
    if (event.key === "Escape" && open()) { const act = open(); act.open = false; act.querySelector("summary").focus(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "[") beside(-1);
    else if (event.key === "]") beside(1);
    else if ("hnp".includes(event.key) && press(event.key)) { event.preventDefault(); event.stopPropagation(); } // n and p turn pages elsewhere
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) { const act = event.target.closest("details"); act.open = false; act.querySelector("summary").focus(); }
    else if (event.target.closest("[data-print]")) { open()?.removeAttribute("open"); window.print(); }
    else if (open() && !event.target.closest(".act")) open().open = false;
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.act") || !event.target.open) return;
    const effect = event.target.querySelector(".effect");
    if (effect && window.htmx) window.htmx.trigger(effect, "effect");
  }, true);

  // While a form is open the bar stays as it is, with a word that the order has moved on.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target?.id !== "deeds" || !open()) return;
    event.detail.shouldSwap = false;
    bar().querySelector(".order-news").hidden = false;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const page = document.querySelector("[data-order]"), seen = document.getElementById("order-poll")?.dataset.seen;
    if (page?.hasAttribute("hx-get") && seen) page.setAttribute("hx-get", page.getAttribute("hx-get").replace(/seen=[^&]*/, `seen=${seen}`));
  });

  const list = [...document.querySelectorAll("[data-rows] a[href^='/orders/SO-']")].map((a) => a.getAttribute("href").split("/")[2]);
  if (list.length) sessionStorage.setItem("orders", JSON.stringify([...new Set(list)]));
})();
