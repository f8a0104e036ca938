// Keys do what a link, a button or a field with data-key does; "?" lists them.
const dialog = document.querySelector("[data-keys]");

function typing(element) {
  return element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

const CLICKED = "a, button, summary";
const FOCUSED = "input:not([type=hidden]), textarea, select, button, a";

// Details open and close together; links and buttons are clicked; of a form the first field is entered.
function press(targets) {
  const [first] = targets;
  if (first.matches("details")) {
    const open = !first.open;
    for (const each of targets) each.open = open;
    return;
  }
  if (first.matches(CLICKED)) first.click();
  else (first.matches(FOCUSED) ? first : first.querySelector(FOCUSED)).focus();
  first.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target) || dialog.open) return;
  if (event.key === "?") {
    dialog.showModal();
    return;
  }
  const targets = document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`);
  if (!targets.length) return;
  event.preventDefault();
  press(targets);
});

for (const button of document.querySelectorAll("[data-keys-open]")) {
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
}
