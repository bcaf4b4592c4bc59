// The exceptions desk: one case after the other without leaving it. Without this the pages work by links and forms.
(() => {
  "use strict";
  const desk = document.querySelector("[data-desk]");
  const bulkForm = document.querySelector("[data-bulk-form]");
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // A field of one's own beside a list of presets.
  document.addEventListener("change", (event) => {
    const chosen = event.target;
    if (chosen.matches("select[data-own]")) {
      const own = chosen.form.elements[chosen.dataset.own];
      own.closest("label").hidden = chosen.value !== "own";
      own.required = chosen.value === "own";
      if (own.required) own.focus();
    }
    if (chosen.matches("[data-resubmit]")) chosen.form.requestSubmit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  if (bulkForm) one("[autofocus]", bulkForm)?.focus();
  if (!desk) return;

  const queue = document.getElementById("queue"), pane = document.getElementById("case"), toasts = one("[data-toasts]");
  const words = toasts.dataset;
  const token = () => one("[name=csrfmiddlewaretoken]").value;
  const marked = new Set();
  let undo = null; // cases of the last deed that may be taken back

  // ---- The list -----------------------------------------------------------------------------------------------------------------------
  const rows = () => all("[data-desk-rows] > [data-case]");
  const openId = () => pane.dataset.case || "";
  const rowOf = (id) => document.getElementById(`row-${id}`);
  const address = (id) => { const q = desk.dataset.query; return `/exceptions?${q ? `${q}&` : ""}case=${id}`; };

  const paint = () => {
    rows().forEach((row) => {
      const is = row.dataset.case === openId();
      row.classList.toggle("is-open", is);
      const link = one("a.dk-open", row);
      if (is) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
      one("input", row).checked = marked.has(row.dataset.case);
    });
    const forAll = one("[data-for-all]"), forMarked = one("[data-for-marked]");
    if (forAll) { forAll.hidden = marked.size > 0; forMarked.hidden = marked.size === 0; one("[data-count]", forMarked).textContent = marked.size; }
  };

  const dirty = () => all("form :is(textarea, input:not([type=hidden], [type=checkbox]), select)", pane).some((field) =>
    field.matches("select") ? false : field.value !== field.defaultValue);

  let loading = 0;
  const load = async (id, { focus = "row", push = true, outcome = null } = {}) => {
    const mine = ++loading;
    pane.dataset.case = id;
    if (push) history.pushState({ id }, "", address(id));
    paint();
    rowOf(id)?.scrollIntoView({ block: "nearest" });
    if (focus === "row") one("a.dk-open", rowOf(id) || document.createElement("i"))?.focus({ preventScroll: true });
    const q = desk.dataset.query;
    const answer = await fetch(`/exceptions/case/${id}${q ? `?${q}` : ""}`, { headers: { "HX-Request": "true" } });
    if (mine !== loading || !answer.ok) return;
    pane.innerHTML = await answer.text();
    pane.scrollTop = 0;
    window.htmx?.process(pane);
    arrive(outcome);
    if (focus === "case") one("h2.sentence", pane)?.focus();
  };

  const arrive = (outcome) => {
    if (outcome) say(outcome);
    const id = openId();
    all("[data-steps] input", pane).forEach((box) => { box.checked = localStorage.getItem(`step-${id}-${box.dataset.step}`) === "1"; });
    all("form[data-trial]", pane).filter((form) => !form.closest("details:not([open])")).forEach((form) => tryOut(form, 500));
    clearTimeout(arrive.poll);
    if (one("[data-waiting]", pane)) arrive.poll = setTimeout(() => { if (openId() === id && !dirty()) { refresh(); load(id, { focus: "", push: false }); } }, 2500);
  };

  const read = (id) => { desk.classList.add("is-reading"); return load(id, { focus: matchMedia("(max-width: 900px)").matches ? "case" : "row" }); };

  const step = (by) => {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((row) => row.dataset.case === openId());
    const next = at < 0 ? list[0] : list[at + by];
    if (next) load(next.dataset.case, { focus: "row" });
    else if (by > 0) one("[data-more]")?.click();
    else one("a.dk-open", list[at])?.focus();
  };

  let refreshing = null;
  const refresh = () => {
    refreshing ||= new Promise((done) => {
      const end = () => { queue.removeEventListener("htmx:afterRequest", end); refreshing = null; done(); };
      queue.addEventListener("htmx:afterRequest", end);
      window.htmx.trigger(queue, "refresh");
    });
    return refreshing;
  };
  let railOpen = false, stands = null;
  queue.addEventListener("htmx:beforeSwap", () => {
    railOpen = document.getElementById("rail")?.open;
    stands = document.activeElement?.id && queue.contains(document.activeElement) ? document.activeElement.id : null;
  });
  queue.addEventListener("htmx:afterSwap", () => {
    const rail = document.getElementById("rail");
    if (rail && railOpen) rail.open = true;
    if (stands && document.activeElement?.id !== stands) document.getElementById(stands)?.focus({ preventScroll: true });
    const total = one("[data-total]")?.textContent;
    if (total === undefined) marked.clear();
    paint();
  });

  // ---- Deeds --------------------------------------------------------------------------------------------------------------------------
  const say = ({ text, tone }) => {
    const place = one("[data-outcome]", pane);
    if (!place) return;
    place.textContent = text;
    place.className = `dk-outcome ${tone}`;
    place.hidden = false;
  };
  const toast = (text, ids = null) => {
    undo = ids && ids.length ? ids : null;
    const line = document.createElement("div");
    line.className = "dk-toast";
    line.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (undo) {
      const back = Object.assign(document.createElement("button"), { type: "button", textContent: `${words.undo} ` });
      back.append(Object.assign(document.createElement("kbd"), { textContent: "u" }));
      back.addEventListener("click", takeBack);
      line.append(back);
    }
    toasts.replaceChildren(line);
    clearTimeout(toast.gone);
    toast.gone = setTimeout(() => line.remove(), 9000);
  };
  const post = async (name, body) => {
    body.set("case", openId());
    const answer = await fetch(`/exceptions/do/${name}`, { method: "POST", body, headers: { "X-CSRFToken": token(), "X-Deed": "1" } });
    if (answer.status === 401) window.headrace.ended((await answer.json()).sign_in);
    return answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)));
  };
  const takeBack = async () => {
    if (!undo) return;
    const body = new FormData();
    undo.forEach((id) => body.append("case_ids", id));
    const id = String(undo[undo.length - 1]);
    undo = null;
    const told = await post("undo_cases", body);
    await refresh();
    toast(told.say);
    if (rowOf(id)) load(id);
  };

  const STAYS = new Set(["claim", "assign", "give_back", "comment", "see_mentions", "merge_cases", "keep_wording", "drop_wording"]);
  const deal = async (form) => {
    const name = form.dataset.deed, id = openId();
    const list = rows(), at = list.findIndex((row) => row.dataset.case === id);
    const after = [...list.slice(at + 1), ...list.slice(0, Math.max(at, 0)).reverse()].map((row) => row.dataset.case);
    const refusal = one("[data-refusal]", form), buttons = all("button", form);
    if (refusal) refusal.hidden = true;
    buttons.forEach((button) => { button.disabled = true; });
    let told;
    try {
      told = await post(name, new FormData(form));
    } catch {
      told = { done: false, say: words.failed };
    }
    buttons.forEach((button) => { button.disabled = false; });
    if (!told.done) { // what was typed stays where it is
      if (refusal) { refusal.textContent = told.say; refusal.hidden = false; } else say({ text: told.say, tone: "bad" });
      (one(":is(textarea, select, input:not([type=hidden]))", form) || one("button", form))?.focus();
      return;
    }
    await refresh();
    if (openId() !== id) { toast(told.say, told.undo); return; }
    const stillThere = Boolean(rowOf(id));
    if (told.looked && !told.goes_on) { toast(told.say, told.undo); load(id, { push: false, outcome: { text: told.say, tone: told.tone } }); return; }
    if (stillThere && STAYS.has(name)) { toast(told.say, told.undo); load(id, { push: false, focus: name === "comment" ? "case" : "row" }); return; }
    toast(told.say, told.undo);
    const next = after.find((other) => rowOf(other)) || (stillThere && id) || rows()[0]?.dataset.case;
    if (next) load(next);
    else { pane.removeAttribute("data-case"); pane.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: words.cleared })); desk.classList.remove("is-reading"); document.getElementById("queue").querySelector("a")?.focus(); }
  };

  // The effect of a deed stands beside its button before it is done: the server tries it and takes it back.
  const trials = new WeakMap();
  const tryOut = (form, wait) => {
    clearTimeout(trials.get(form));
    trials.set(form, setTimeout(async () => {
      const effect = one("[data-effect]", form);
      if (!effect || !form.isConnected || !form.checkValidity()) return;
      try {
        const answer = await fetch(`/exceptions/case/${openId()}/would/${form.dataset.deed}`, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": token() } });
        if (!answer.ok || !form.isConnected) return;
        const told = await answer.json();
        effect.textContent = told.say;
        effect.className = `dk-effect ${told.tone}`;
      } catch { /* the button works all the same */ }
    }, wait));
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-deed]") || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
    deal(form);
  }, true);
  pane.addEventListener("input", (event) => { if (event.target.form?.matches("[data-trial]")) tryOut(event.target.form, 600); });
  pane.addEventListener("toggle", (event) => { if (event.target.open) all("form[data-trial]", event.target).forEach((form) => tryOut(form, 100)); }, true);
  pane.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-step]")) localStorage.setItem(`step-${openId()}-${field.dataset.step}`, field.checked ? "1" : "0");
    if (field.matches("[data-insert-words], [data-insert-name]") && field.value) {
      const note = field.form.elements.note;
      note.setRangeText(field.matches("[data-insert-name]") ? `@${field.value} ` : field.value, note.selectionStart, note.selectionEnd, "end");
      field.value = "";
      note.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) { document.getElementById("desk-keys").showModal(); return; }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const other = event.target.closest("[data-open-case]");
    if (other) { event.preventDefault(); load(other.dataset.openCase, { focus: "case" }); return; }
    if (event.target.closest("[data-back]") && rows().length) { event.preventDefault(); back(); return; }
    const more = event.target.closest("[data-more]");
    if (more) {
      event.preventDefault();
      queue.setAttribute("hx-get", `${more.getAttribute("href")}&part=queue`);
      window.htmx.process(queue);
      const last = rows().at(-1)?.dataset.case;
      window.htmx.ajax("GET", `${more.getAttribute("href")}&part=queue`, { target: queue, swap: "morph:innerHTML", source: queue }).then(() => { paint(); const next = rowOf(last)?.nextElementSibling; if (next) load(next.dataset.case); });
      return;
    }
    if (event.target.closest("[data-comment]")) { comment(); return; }
    const row = event.target.closest("[data-desk-rows] > [data-case]");
    if (row && !event.target.closest(".dk-mark")) { event.preventDefault(); read(row.dataset.case); }
  });
  const back = () => { desk.classList.remove("is-reading"); history.pushState({}, "", `/exceptions${desk.dataset.query ? `?${desk.dataset.query}` : ""}`); one("a.dk-open", rowOf(openId()) || rows()[0])?.focus(); };
  window.addEventListener("popstate", () => {
    const id = new URLSearchParams(location.search).get("case");
    desk.classList.toggle("is-reading", Boolean(id));
    if (id) load(id, { push: false }); else paint();
  });

  // ---- Marks --------------------------------------------------------------------------------------------------------------------------
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-mark-all]")) {
      rows().forEach((row) => { if (box.checked) marked.add(row.dataset.case); else marked.delete(row.dataset.case); });
      paint();
    } else if (box.matches(".dk-mark input")) {
      if (box.checked) marked.add(box.value); else marked.delete(box.value);
      paint();
    }
    if (box.matches("[data-order] select")) box.form.requestSubmit();
  });

  // ---- Keys ---------------------------------------------------------------------------------------------------------------------------
  const typing = (el) => el.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");
  const comment = () => { const field = one(".dk-comment textarea", pane); if (field) { field.scrollIntoView({ block: "center" }); field.focus(); } };
  const press = (name) => {
    const found = one(`[data-desk-key="${name}"]`);
    if (!found) return;
    if (found.tagName !== "SUMMARY") { found.click(); return; }
    all(".dk-bar-bottom details[open]", pane).forEach((other) => { other.open = false; });
    found.parentElement.open = true;
    one("form :is(textarea, select, input:not([type=hidden]))", found.parentElement)?.focus();
  };
  const mend = () => {
    const form = one(".dk-next form", pane);
    const fields = form ? all(":is(textarea, select, input:not([type=hidden]))", form) : [];
    const empty = fields.find((field) => field.required && !field.value) || fields.find((field) => !field.value && field.required) || fields[0];
    (empty || one("button", form || pane))?.focus();
  };
  const mark = () => {
    const id = openId();
    if (!rowOf(id)) return;
    if (marked.has(id)) marked.delete(id); else marked.add(id);
    paint();
  };
  const does = {
    j: () => step(1), k: () => step(-1), x: mark, a: () => press("a"), r: () => press("r"), e: mend, c: comment, s: () => press("s"), z: () => press("z"), t: () => press("t"),
    b: () => { const field = document.getElementById("many-deed"); if (field) field.form.requestSubmit(one("[data-desk-key=b]")); }, n: () => press("n"), u: takeBack,
    "?": () => document.getElementById("desk-keys").showModal(),
  };
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const el = event.target;
    if (event.key === "Escape") {
      const sheet = el.closest?.("details.pop[open]");
      if (sheet) { sheet.open = false; one("summary", sheet).focus(); event.stopPropagation(); return; }
      if (typing(el) && !el.closest("dialog")) { one("a.dk-open", rowOf(openId()) || document.body)?.focus(); event.stopPropagation(); return; }
      if (desk.classList.contains("is-reading") && matchMedia("(max-width: 900px)").matches) { back(); event.stopPropagation(); }
      return;
    }
    if (typing(el) || keys.waiting) { keys.waiting = false; return; }
    if (event.key === "g") { keys.waiting = true; return; } // the page's own keys go on from here
    if (event.key === "Enter" && el.matches("a.dk-open")) { event.preventDefault(); event.stopPropagation(); desk.classList.add("is-reading"); if (el.closest("[data-case]").dataset.case === openId()) mend(); else read(el.closest("[data-case]").dataset.case); return; }
    const number = /^[1-9]$/.test(event.key) ? one(`[data-step="${event.key}"]`, pane) : null;
    if (number) { number.click(); event.stopPropagation(); return; }
    if (!does[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    does[event.key]();
  }, true);
  const keys = { waiting: false };

  paint();
  arrive(null);
})();
