// The live sum of an entry's debits and credits, so that nobody posts to find out.
(() => {
  const form = document.querySelector("[data-entry]");
  if (!form) return;
  const sum = (name) => [...form.querySelectorAll(`[name=${name}]`)].reduce((total, field) => total + (Number(field.value.replaceAll(",", "")) || 0), 0);
  const tell = () => {
    const debit = sum("debit"), credit = sum("credit"), off = debit - credit;
    form.querySelector("[data-debit]").textContent = debit.toFixed(2);
    form.querySelector("[data-credit]").textContent = credit.toFixed(2);
    const balanced = Math.abs(off) < 0.005 && debit > 0;
    const told = form.querySelector("[data-off]");
    const begun = debit > 0 || sum("credit") > 0;
    told.textContent = !begun ? "" : balanced ? told.dataset.balanced : told.dataset.unbalanced.replace("{off}", off.toFixed(2));
    told.className = balanced ? "good" : "bad";
    const limit = Number(form.dataset.limit);
    form.querySelector("[data-second]").hidden = debit <= limit;
  };
  form.addEventListener("input", tell);
  tell();
})();
