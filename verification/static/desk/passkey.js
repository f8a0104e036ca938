// Passkeys: the form with data-passkey asks the device, puts its answer into "credential", and is sent.
const form = document.querySelector("form[data-passkey]");
const press = form.querySelector("[data-passkey-press]");
const failed = form.querySelector("[data-passkey-failed]");
const known = window.PublicKeyCredential?.parseCreationOptionsFromJSON;

if (known) {
  press.hidden = false;
  form.querySelector("[data-passkey-needs-script]").hidden = true;
}

async function ask() {
  const { publicKey } = JSON.parse(document.getElementById(form.dataset.options).textContent);
  if (form.dataset.passkey === "create") {
    return navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey),
    });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  failed.hidden = true;
  press.disabled = true;
  try {
    form.elements.credential.value = JSON.stringify((await ask()).toJSON());
    form.submit();
  } catch {
    failed.hidden = false;
    press.disabled = false;
  }
});
