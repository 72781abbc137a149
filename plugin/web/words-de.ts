/** German, by the English text of trainers' pages. */
export const german: Readonly<Record<string, string>> = {
  'Your invitation': 'Ihre Einladung',
  'Hello {name},': 'Guten Tag {name},',
  'You are invited to label in {tool}:': 'Sie sind eingeladen, in {tool} zu arbeiten:',
  'You are invited to label in {tool}.': 'Sie sind eingeladen, in {tool} zu arbeiten.',
  'You will sign in with your Work Email': 'Sie melden sich mit Ihrer Work Email an',
  'Set password and get access': 'Passwort festlegen und Zugang erhalten',
  'This invitation is yours alone: please do not pass the link on.':
    'Diese Einladung ist nur für Sie: Bitte geben Sie den Link nicht weiter.',
  'You are in': 'Sie haben Zugang',
  'Your new password is set': 'Ihr neues Passwort ist gesetzt',
  'Your account is ready. You sign in to {tool} with:': 'Ihr Konto ist bereit. Bei {tool} melden Sie sich an mit:',
  'User name': 'Benutzername',
  Password: 'Passwort',
  'the one you have just chosen': 'das gerade gewählte',
  'Open your project': 'Zum Projekt',
  'Sign in': 'Anmelden',
  'If it asks you to sign in first, do so here, and bookmark it for the next time:':
    'Wenn Sie sich zuerst anmelden müssen, tun Sie das hier, am besten mit einem Lesezeichen für das nächste Mal:',
  'Choose a password': 'Wählen Sie ein Passwort',
  'The same password again': 'Dasselbe Passwort noch einmal',
  'Show password': 'Passwort anzeigen',
  'Hide password': 'Passwort verbergen',
  '{shortest} to {longest} characters. Three or four words that do not belong together are easy to remember and hard to guess.':
    '{shortest} bis {longest} Zeichen. Drei oder vier Wörter, die nicht zusammengehören, sind leicht zu merken und schwer zu erraten.',
  'Choose a password.': 'Wählen Sie ein Passwort.',
  'The two passwords differ.': 'Die beiden Passwörter sind verschieden.',
  'Use at least 8 characters.': 'Nehmen Sie mindestens 8 Zeichen.',
  'Use at most 128 characters.': 'Nehmen Sie höchstens 128 Zeichen.',
  'A password cannot begin or end with a space. Spaces between words are fine.':
    'Ein Passwort kann nicht mit einem Leerzeichen beginnen oder enden. Zwischen Wörtern sind sie erlaubt.',
  'Do not use your e-mail address: it is the first thing that somebody else would try.':
    'Nehmen Sie nicht Ihre E-Mail-Adresse: Sie ist das Erste, was jemand anders versuchen würde.',
  'This password is too easy to guess. Three or four words that do not belong together make a good one.':
    'Dieses Passwort ist zu leicht zu erraten. Gut sind drei oder vier Wörter, die nicht zusammengehören.',
  'This page was open for too long. Please fill it in once more.':
    'Diese Seite war zu lange offen. Bitte füllen Sie sie noch einmal aus.',
  'You sign in as': 'Sie melden sich an als',
  'You will sign in as': 'Sie melden sich an als',
  'Set new password': 'Neues Passwort setzen',
  'Choose a new password': 'Wählen Sie ein neues Passwort',
  'Forgot your password?': 'Passwort vergessen?',
  'Enter your Work Email for {tool}. If it belongs to somebody with access, we send a link there with which you can choose a new password.':
    'Geben Sie Ihre Work Email für {tool} ein. Wenn sie zu jemandem mit Zugang gehört, senden wir dorthin einen Link, mit dem Sie ein neues Passwort wählen können.',
  'Send me a link': 'Link senden',
  'A Work Email ends in @opentrain.work: look in your invitation.':
    'Eine Work Email endet auf @opentrain.work: Sie steht in Ihrer Einladung.',
  'Passwords cannot be reset here, because this server sends no mail. Write to your client on OpenTrain: they can help you to sign in.':
    'Hier lassen sich keine Passwörter zurücksetzen, weil dieser Server keine E-Mails sendet. Schreiben Sie Ihrem Auftraggeber auf OpenTrain: Er kann Ihnen bei der Anmeldung helfen.',
  'Passwords cannot be reset here. Write to your client on OpenTrain: they can help you to sign in.':
    'Hier lassen sich keine Passwörter zurücksetzen. Schreiben Sie Ihrem Auftraggeber auf OpenTrain: Er kann Ihnen bei der Anmeldung helfen.',
  'The annotation tool or its database does not answer at the moment. You can ask for a link now: it works for an hour. If the new password is not accepted yet, try again in a few minutes.':
    'Das Werkzeug oder seine Datenbank antwortet im Moment nicht. Sie können jetzt einen Link anfordern: Er gilt eine Stunde. Wird das neue Passwort noch nicht angenommen, versuchen Sie es in ein paar Minuten noch einmal.',
  'Look into your mail': 'Sehen Sie in Ihre E-Mails',
  'If {email} belongs to somebody with access, a link for a new password is on its way there.':
    'Wenn {email} zu jemandem mit Zugang gehört, ist ein Link für ein neues Passwort dorthin unterwegs.',
  'It should arrive within minutes, and works for a short time. If nothing comes, check the address and the spam folder.':
    'Er sollte in wenigen Minuten ankommen und gilt kurze Zeit. Wenn nichts kommt, prüfen Sie die Adresse und den Spam-Ordner.',
  'Send me a new one': 'Neuen Link senden',
  'I do not know my password': 'Ich kenne mein Passwort nicht',
  'A new invitation is on its way': 'Eine neue Einladung ist unterwegs',
  'It goes to the Work Email that this one was for, and should be there within minutes.':
    'Sie geht an die Work Email, für die diese galt, und sollte in wenigen Minuten da sein.',
  'If nothing comes, look in the spam folder, then write to your client on OpenTrain.':
    'Wenn nichts kommt, sehen Sie im Spam-Ordner nach; schreiben Sie dann Ihrem Auftraggeber auf OpenTrain.',
  'This invitation is being used at this moment, perhaps in another window. Please try again in a minute.':
    'Diese Einladung wird gerade verwendet, vielleicht in einem anderen Fenster. Bitte versuchen Sie es in einer Minute noch einmal.',
  'The annotation tool does not answer at the moment. Nothing was changed: please try again in a few minutes.':
    'Das Werkzeug antwortet im Moment nicht. Nichts wurde geändert: Bitte versuchen Sie es in ein paar Minuten noch einmal.',
  'The annotation tool did not accept this. The team that looks after it can see why: your link stays valid, so please try again later.':
    'Das Werkzeug hat dies nicht angenommen. Wer es betreut, kann den Grund sehen: Ihr Link bleibt gültig, bitte versuchen Sie es später noch einmal.',
  'This invitation has expired': 'Diese Einladung ist abgelaufen',
  'It is older than 14 days, or a newer one has been sent to you since.':
    'Sie ist älter als 14 Tage, oder Sie haben seitdem eine neuere erhalten.',
  'Look for a newer mail, or have a new one sent to your Work Email.':
    'Suchen Sie eine neuere E-Mail, oder lassen Sie sich eine neue an Ihre Work Email senden.',
  'Write to your client on OpenTrain and ask for a new one.':
    'Schreiben Sie Ihrem Auftraggeber auf OpenTrain und bitten Sie um eine neue.',
  'You have used this invitation': 'Sie haben diese Einladung verwendet',
  'It works once, and your account has been made with it.': 'Sie gilt einmal, und Ihr Konto wurde damit angelegt.',
  'Sign in with your Work Email and the password you chose.':
    'Melden Sie sich mit Ihrer Work Email und dem gewählten Passwort an.',
  'This invitation no longer applies': 'Diese Einladung gilt nicht mehr',
  'The contract it was for has ended, or a newer invitation has been sent to you.':
    'Der Vertrag, für den sie galt, ist beendet, oder Sie haben eine neuere erhalten.',
  'Look for a newer mail. If there is none and your contract still runs, open this link again in a few minutes; if it stays closed, write to your client on OpenTrain.':
    'Suchen Sie eine neuere E-Mail. Gibt es keine und läuft Ihr Vertrag noch, öffnen Sie diesen Link in einigen Minuten noch einmal; bleibt er geschlossen, schreiben Sie Ihrem Auftraggeber auf OpenTrain.',
  'We do not know this link': 'Diesen Link kennen wir nicht',
  'It is not one of our invitations, or a part of it is missing.':
    'Er ist keine unserer Einladungen, oder ein Teil davon fehlt.',
  'Open it from the mail again, or copy it completely.':
    'Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn vollständig.',
  'This link has expired': 'Dieser Link ist abgelaufen',
  'For safety a link for a new password works for a short time only.':
    'Zur Sicherheit gilt ein Link für ein neues Passwort nur kurze Zeit.',
  'Ask for another one and use it soon.': 'Fordern Sie einen neuen an, und verwenden Sie ihn bald.',
  'This link has been used': 'Dieser Link wurde verwendet',
  'It works once, and a new password has been set with it.':
    'Er gilt einmal, und ein neues Passwort wurde damit gesetzt.',
  'Sign in with that password. If it was not you who set it, ask for another link now.':
    'Melden Sie sich mit diesem Passwort an. Wenn nicht Sie es gesetzt haben, fordern Sie jetzt einen neuen Link an.',
  'This link no longer applies': 'Dieser Link gilt nicht mehr',
  'Your access has ended, or a newer link has been sent to you.':
    'Ihr Zugang ist beendet, oder Sie haben einen neueren Link erhalten.',
  'Look for a newer mail. If your contract still runs and there is none, ask for another link.':
    'Suchen Sie eine neuere E-Mail. Wenn Ihr Vertrag noch läuft und es keine gibt, fordern Sie einen neuen Link an.',
  'It is not one of ours, or a part of it is missing.': 'Er ist nicht von uns, oder ein Teil davon fehlt.',
  'Open it from the mail again, or ask for another one.':
    'Öffnen Sie ihn noch einmal aus der E-Mail, oder fordern Sie einen neuen an.',
  'It is too old, or no contract of yours runs any more.': 'Er ist zu alt, oder keiner Ihrer Verträge läuft mehr.',
  'Look for a newer mail. What was submitted is also in your account on OpenTrain.':
    'Suchen Sie eine neuere E-Mail. Was übermittelt wurde, steht auch in Ihrem Konto auf OpenTrain.',
  'Your work': 'Ihre Arbeit',
  'This page is yours alone: please do not pass its link on.':
    'Diese Seite ist nur für Sie: Bitte geben Sie ihren Link nicht weiter.',
  'Your projects': 'Ihre Projekte',
  'None at the moment.': 'Im Moment keine.',
  'What was counted': 'Was gezählt wurde',
  'Nothing yet. Work appears here within an hour after you did it in {tool}.':
    'Noch nichts. Arbeit erscheint hier innerhalb einer Stunde, nachdem Sie sie in {tool} getan haben.',
  Day: 'Tag',
  Labels: 'Labels',
  Time: 'Zeit',
  State: 'Stand',
  Contract: 'Vertrag',
  Project: 'Projekt',
  'Project {id}': 'Projekt {id}',
  Why: 'Warum',
  submitted: 'übermittelt',
  'not taken by OpenTrain: {why}': 'von OpenTrain nicht angenommen: {why}',
  'Not yet submitted': 'Noch nicht übermittelt',
  'Counted, and submitted with the next count, usually within 15 minutes.':
    'Gezählt, und mit der nächsten Zählung übermittelt, meist innerhalb von 15 Minuten.',
  'The tool cannot be asked at the moment. What you did since the last count appears here later.':
    'Das Werkzeug kann im Moment nicht befragt werden. Was Sie seit der letzten Zählung getan haben, erscheint hier später.',
  'Held for the moment': 'Vorerst zurückgehalten',
  'Totals of these contracts are not submitted until your client has looked at them. Nothing of your work is lost.':
    'Die Zahlen dieser Verträge werden erst übermittelt, wenn Ihr Auftraggeber sie angesehen hat. Nichts von Ihrer Arbeit geht verloren.',
  'Time that was not counted': 'Zeit, die nicht gezählt wurde',
  'more than counts for one annotation': 'mehr, als für eine Annotation zählt',
  'more than a day has': 'mehr, als ein Tag hat',
  'its numbers cannot be read: the day is submitted as soon as your client has mended it':
    'die Zahlen sind nicht lesbar: Der Tag wird gemeldet, sobald Ihr Auftraggeber das behoben hat',
  'The last 60 days, as days in {timezone}.': 'Die letzten 60 Tage, als Tage in {timezone}.',
  'Questions? Ask {contact}.': 'Fragen? Wenden Sie sich an {contact}.',
  'Questions? Write to your client on OpenTrain.': 'Fragen? Schreiben Sie Ihrem Auftraggeber auf OpenTrain.',
  'Too many requests': 'Zu viele Anfragen',
  'Too many requests came from your address in a short time.':
    'Von Ihrer Adresse kamen in kurzer Zeit zu viele Anfragen.',
  'Wait a few minutes, then open the page again.': 'Warten Sie ein paar Minuten, und öffnen Sie die Seite dann wieder.',
};
