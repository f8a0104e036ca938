// Covered pictures: the key "c" covers or uncovers all of a page. Each one has its own box to tick,
// which needs no script. Nothing is remembered: the next page is covered again.
const boxes = () => [...document.querySelectorAll("input[data-uncover]")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog")) return;
  const all = boxes();
  const uncover = all.every((box) => !box.checked);
  for (const box of all) box.checked = uncover;
});

// A browser that goes back would bring ticked boxes along.
addEventListener("pageshow", () => {
  for (const box of boxes()) box.checked = false;
});

// One click copies hashes, times and coordinates.
document.addEventListener("click", async (event) => {
  const target = event.target.closest("[data-copy]");
  if (!target || !navigator.clipboard) return;
  await navigator.clipboard.writeText(target.dataset.copy || target.textContent.trim());
  target.dataset.copied = "";
  setTimeout(() => delete target.dataset.copied, 1200);
});
