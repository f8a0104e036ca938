// Shows how many bytes of a form have gone out. Without it everything works, only without the numbers.

function inMegabytes(bytes) {
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  return `${number.format(bytes / 1e6)} MB`;
}

function show(box, sent, total) {
  box.querySelector("progress").value = total ? sent / total : 0;
  box.querySelector("[data-sent]").textContent = inMegabytes(sent);
  box.querySelector("[data-total]").textContent = inMegabytes(total);
}

// The answer is a whole page of this site: it takes the place of this one, as without a script.
function turnTo(html) {
  document.open();
  document.write(html);
  document.close();
  window.scrollTo(0, 0);
}

function send(form, box) {
  const button = form.querySelector("button[type=submit]");
  const broken = box.querySelector("[data-broken]");
  const request = new XMLHttpRequest();
  const fail = () => { broken.hidden = false; button.disabled = false; };
  button.disabled = true;
  broken.hidden = true;
  box.hidden = false;
  request.upload.addEventListener("progress", (event) => show(box, event.loaded, event.total));
  request.addEventListener("load", () => turnTo(request.responseText));
  request.addEventListener("error", fail);
  request.addEventListener("abort", fail);
  request.open("POST", form.action);
  request.send(new FormData(form));
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const box = form.querySelector("[data-uploading]");
  form.addEventListener("submit", (event) => {
    const files = form.querySelector("input[type=file]").files;
    if (!files.length) return;
    event.preventDefault();
    send(form, box);
  });
}
