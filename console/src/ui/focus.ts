/** Moves the focus to the heading if its element has left the page, such as the button of a row that is gone. */
export function keepFocus() {
  // After the page has been rendered.
  setTimeout(() => {
    if (document.activeElement === document.body) document.querySelector('h1')?.focus()
  })
}
