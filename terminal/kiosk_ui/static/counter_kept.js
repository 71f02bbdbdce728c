/* The bill that was confirmed and whose answer has not come: kept by this tab until the till says what became of it, over
   a reload, a sign-out or a restart of the till. Account and amount are kept, nobody's name or number. */
const KEY = "counter-unanswered";
const ID = /^[0-9a-f]{32}$/;
const FEN = /^[1-9][0-9]{0,11}$/;

function isBill(found) {
  return found !== null && ID.test(found.action_id) && ID.test(found.account) && ["top_up", "charge"].includes(found.action) && FEN.test(found.amount_fen);
}

// A browser that keeps nothing still has the bill for as long as the page is open.
function stored() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    return isBill(found) ? found : null;
  } catch {
    return null;
  }
}

let kept = stored();

export const unanswered = () => kept;

export function keep(bill) {
  kept = bill;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(bill));
  } catch {
    // Said above.
  }
}

export function forget() {
  kept = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Said above.
  }
}
