// Adds a button that shows what was typed to every password field that is marked for it. Pages work without it.
for (const field of document.querySelectorAll('input[data-reveal]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'reveal outline secondary';
  const say = () => {
    button.textContent = field.type === 'password' ? field.dataset.show : field.dataset.hide;
  };
  button.addEventListener('click', () => {
    field.type = field.type === 'password' ? 'text' : 'password';
    say();
  });
  field.form?.addEventListener('submit', () => {
    field.type = 'password';
  });
  say();
  field.after(button);
}
