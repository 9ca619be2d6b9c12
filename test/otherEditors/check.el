;; Uses the language server in Emacs through eglot's own functions, and writes what happened to the file OUT as JSON. LIMIT is the time in
;; milliseconds that only a hang reaches.
(require 'cl-lib)
(require 'flymake)
(require 'json)

(defvar check-limit (/ (string-to-number (getenv "LIMIT")) 1000.0))
(defvar check-messages nil)

(cl-defmethod eglot-handle-notification :before (_server (_method (eql window/showMessage)) &key message &allow-other-keys)
  (push message check-messages))

(defun check-at (line column)
  (goto-char (point-min))
  (forward-line (1- line))
  (forward-char column))

(defun check-await (what condition)
  (let ((end (+ (float-time) check-limit)))
    (while (not (funcall condition))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.02))))

(defun check-codes ()
  ;; Eglot shows a code as a part of the finding's text.
  (vconcat (mapcar (lambda (one)
                     (let ((text (flymake-diagnostic-text one)))
                       (if (string-match "NN[0-9]+" text) (match-string 0 text) text)))
                   (flymake-diagnostics))))

(defun check-ask (method)
  (jsonrpc-request (eglot-current-server) method (eglot--TextDocumentPositionParams) :timeout check-limit))

(defun check-changed ()
  ;; Eglot sends changes from an idle timer, and a batch is never idle.
  (eglot--signal-textDocument/didChange))

(defun check-all ()
  (find-file (getenv "FILE"))
  ;; `eglot-ensure' connects after the command that opened the file, and a batch has no commands.
  (run-hooks 'post-command-hook)
  (check-await "the connection" #'eglot-current-server)
  (flymake-start)
  (check-await "a finding" #'flymake-diagnostics)
  (let ((found (list (cons 'codes (check-codes)))))
    (check-at 3 10)
    (cl-letf (((symbol-function 'completing-read) (lambda (&rest arguments) (car (nth 6 arguments)))))
      (eglot-code-actions (point) (point) "quickfix" t))
    (check-changed)
    (check-await "a text without findings" (lambda () (null (flymake-diagnostics))))
    (push (cons 'fixed (buffer-substring (line-beginning-position) (line-end-position))) found)

    (check-at 3 10)
    (push (cons 'hover (plist-get (check-ask :textDocument/hover) :contents)) found)
    (let* ((answer (check-ask :textDocument/completion))
           (items (append (if (vectorp answer) answer (plist-get answer :items)) nil)))
      (push (cons 'completion (vconcat (mapcar (lambda (item) (plist-get item :label)) items))) found)
      (push (cons 'snippets (cl-count 2 items :key (lambda (item) (plist-get item :insertTextFormat)))) found))

    (check-at 1 6)
    (eglot-rename "Net")
    (eglot-format-buffer)
    (check-changed)
    (push (cons 'text (buffer-string)) found)
    (check-ask :textDocument/hover)
    (push (cons 'left (check-codes)) found)

    (save-buffer)
    (let* ((lenses (jsonrpc-request (eglot-current-server) :textDocument/codeLens
                                    (list :textDocument (eglot--TextDocumentIdentifier)) :timeout check-limit))
           (command (plist-get (aref lenses 0) :command)))
      (eglot-execute-command (eglot-current-server) (intern (plist-get command :command)) (plist-get command :arguments)))
    (check-await "the end of the training" (lambda () check-messages))
    (push (cons 'messages (vconcat check-messages)) found)
    found))

(let ((found (condition-case problem (check-all) (error (list (cons 'problem (format "%S" problem)))))))
  (with-temp-file (getenv "OUT") (insert (json-encode found)))
  (kill-emacs 0))
