// Buttons that copy the text of the element they name; without scripts they stay hidden, and the text can be selected.
for (const button of document.querySelectorAll('[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = 'Copied';
    } catch {
      // Browsers give the clipboard to https and localhost only: what is selected can be copied by hand.
      button.textContent = 'Selected: copy it with Ctrl+C';
    }
  });
}
