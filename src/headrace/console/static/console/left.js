// A form that was sent after its person had been signed out stands as it was left. It is looked at and sent by them, never by itself.
(() => {
  "use strict";
  const left = document.getElementById("left-form");
  const values = JSON.parse(left.dataset.values);
  const HOW_SENT = ["csrfmiddlewaretoken", "next", "once", "quietly", "row_meant_by", "leaves_out", "seen"];
  const address = left.dataset.address.replace(/^\/exceptions(?=\/do\/)/, ""); // the desk sends the same forms in its own way
  const at = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
  const isSame = (el) => el.type !== "hidden" || !el.name || HOW_SENT.includes(el.name) || (values[el.name] ?? [""]).includes(el.value);
  const form = [...document.forms].find((f) => f.method === "post" && at(f) === address && [...f.elements].every(isSame));
  if (!form) return; // the sentence on top says that nothing was done

  const taken = {};
  const fill = (el) => {
    const told = values[el.name];
    if (["checkbox", "radio"].includes(el.type)) { el.checked = Boolean(told?.includes(el.value)); taken[el.name] = told?.length ?? 0; return; }
    if (!told) return;
    if (el.multiple) { [...el.options].forEach((o) => { o.selected = told.includes(o.value); }); taken[el.name] = told.length; return; }
    const place = taken[el.name] ?? 0;
    taken[el.name] = place + 1;
    if (place < told.length) el.value = told[place];
    if (el.value !== (told[place] ?? el.value)) taken[el.name] = -1; // a choice that is there no more
  };
  [...form.elements].filter((el) => el.name && !["hidden", "file", "password", "submit", "button"].includes(el.type) && el.tagName !== "BUTTON").forEach(fill);
  const isHidden = (name) => [...form.elements].some((el) => el.name === name && ["hidden", "submit"].includes(el.type));
  const isWhole = Object.entries(values).every(([name, told]) => isHidden(name) || told.every((v) => !v) || (taken[name] ?? 0) >= told.length);

  for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  form.closest("[popover]")?.showPopover();
  left.querySelector("[data-said]").textContent = isWhole ? left.dataset.whole : left.dataset.partly;
  left.classList.add("warn");
  form.prepend(left);
  [...form.elements].forEach((el) => { if (el.name && el.type !== "hidden") el.dispatchEvent(new Event("input", { bubbles: true })); }); // sums and effects beside it; what sends by itself listens to "change"
  left.scrollIntoView({ block: "center" });
})();
