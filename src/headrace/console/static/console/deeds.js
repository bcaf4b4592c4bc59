// Forms of deeds: asked once more where that is meant, sent once, and kept with what was typed where they are refused.
(() => {
  "use strict";
  const sure = new WeakSet();
  const words = document.getElementById("words")?.dataset ?? {};

  // Risky deeds show what they will do before they are done
  const ask = (form, button) => {
    const dialog = document.getElementById("confirm");
    const [what, ...effect] = form.dataset.confirm.split(": ");
    dialog.querySelector("h2").textContent = effect.length ? what : words.sure;
    dialog.querySelector("p").textContent = effect.length ? effect.join(": ") : what;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") { button?.focus(); return; }
      sure.add(form);
      form.requestSubmit(button);
    };
    dialog.showModal();
  };

  const busy = (form, is) => {
    if (is) form.setAttribute("aria-busy", "true"); else form.removeAttribute("aria-busy");
    form.querySelectorAll("button:not([type=button])").forEach((b) => {
      if (is) { b.setAttribute("aria-busy", "true"); b.setAttribute("aria-disabled", "true"); } else { b.removeAttribute("aria-busy"); b.removeAttribute("aria-disabled"); }
    });
  };

  // The sentence of a refusal stands in the form, at its field where it names one
  const unsay = (form) => {
    form.querySelectorAll("[data-said]").forEach((el) => el.remove());
    form.querySelectorAll("[aria-invalid]").forEach((el) => { el.removeAttribute("aria-invalid"); el.removeAttribute("aria-errormessage"); });
  };
  const say = (form, told) => {
    unsay(form);
    const field = told.field ? [...form.elements].find((el) => (el.name === told.field || el.name.endsWith(`.${told.field}`)) && el.type !== "hidden") : null;
    const note = document.createElement("p");
    note.dataset.said = "";
    note.id = `said-${Math.random().toString(36).slice(2)}`;
    note.setAttribute("role", "alert");
    note.className = field ? "fault" : "note bad";
    note.textContent = field ? told.at_field : told.says;
    if (field) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-errormessage", note.id);
      field.closest("label")?.after(note);
      if (!note.isConnected) field.after(note);
      field.focus();
      return;
    }
    if (form.closest(".bulk") || getComputedStyle(form).display === "inline" || form.matches(".undo")) { window.headrace.toast(told.says); return; }
    form.prepend(note);
    note.scrollIntoView({ block: "nearest" });
  };

  // A form that brings no token of its own has one from its first sending to its answer
  const tokens = new WeakMap();
  const tokenOf = (form) => {
    if (!tokens.has(form)) tokens.set(form, crypto.randomUUID?.() ?? String(Math.random()));
    return tokens.get(form);
  };

  const send = async (form, button) => {
    const address = button?.getAttribute("formaction") || form.getAttribute("action");
    const body = new FormData(form, button?.name ? button : undefined);
    if (!body.get("once")) body.set("once", tokenOf(form)); // no answer came: sent again, it is still the same form
    const fresh = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie); // signed in again elsewhere since
    if (fresh) body.set("csrfmiddlewaretoken", fresh[1]);
    if (form.hasAttribute("data-stay")) body.set("quietly", "1"); // what was chosen is seen on the page already
    busy(form, true);
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { "X-Deed": "1", Accept: "application/json" } });
      const told = await answer.json();
      tokens.delete(form);
      if (told.sign_in) { window.headrace.ended(told.sign_in); busy(form, false); return; }
      if (!answer.ok) { busy(form, false); say(form, told); return; }
      unsay(form);
      if (form.hasAttribute("data-stay")) { busy(form, false); return; }
      const next = new URL(told.next, location.href);
      if (next.pathname + next.search === location.pathname + location.search) { if (next.hash) location.hash = next.hash; location.reload(); } else location.href = next.href;
    } catch {
      busy(form, false);
      window.headrace.toast(words.failed, () => form.requestSubmit(button));
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; } // under way already
    if (form.dataset.confirm && !sure.delete(form)) { event.preventDefault(); ask(form, button); return; }
    const address = button?.getAttribute("formaction") || form.getAttribute("action") || "";
    if (address.startsWith("/do/") && !form.enctype.startsWith("multipart")) { event.preventDefault(); send(form, button); return; }
    busy(form, true); // a form that loads a page of its own
    setTimeout(() => busy(form, false), 8000);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[aria-busy]").forEach((f) => busy(f, false)); });

  // Light or dark is seen at once, and kept
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=theme], button[name=density]");
    if (!button) return;
    if (button.value === "auto") delete document.documentElement.dataset[button.name]; else document.documentElement.dataset[button.name] = button.value;
    button.parentElement.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
  });
})();
