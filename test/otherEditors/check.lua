-- Uses the language server in Neovim through the editor's own functions, and writes what happened to the file OUT as JSON. LIMIT is the
-- time in milliseconds that only a hang reaches. An error ends Neovim: without a user interface it would wait for a key.
local limit = tonumber(os.getenv("LIMIT"))
local messages = {}
vim.lsp.handlers["window/showMessage"] = function(_, result) table.insert(messages, result.message) end

local function await(what, condition)
  if not vim.wait(limit, condition, 20) then error("waited in vain for " .. what) end
end
local function at(line, column) vim.api.nvim_win_set_cursor(0, { line, column }) end
local function text() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") end
local function client() return (vim.lsp.get_clients or vim.lsp.get_active_clients)()[1] end
local function codes()
  return vim.tbl_map(function(one) return one.code end, vim.diagnostic.get(0))
end
local function ask(method)
  local params = vim.lsp.util.make_position_params(0, client().offset_encoding)
  local answers, problem = vim.lsp.buf_request_sync(0, method, params, limit)
  for _, answer in pairs(answers or {}) do
    if answer.result then return answer.result end
  end
  error(method .. " has no result: " .. tostring(problem))
end

-- Takes the preferred one of the offered code actions. An offer is { action = … } in newer versions, { client, action } in older ones.
vim.ui.select = function(offers, _, choose)
  for _, offer in ipairs(offers) do
    if (offer.action or offer[2]).isPreferred then return choose(offer) end
  end
  error("no code action is preferred")
end

local function check()
  local found = {}
  await("a finding", function() return #vim.diagnostic.get(0) > 0 end)
  found.codes = codes()

  at(3, 10)
  vim.lsp.buf.code_action()
  await("the quick fix", function() return not text():find("rleu") end)
  await("a text without findings", function() return #vim.diagnostic.get(0) == 0 end)
  found.fixed = vim.api.nvim_buf_get_lines(0, 2, 3, false)[1]

  found.hover = ask("textDocument/hover").contents
  local items = ask("textDocument/completion")
  items = items.items or items
  found.completion = vim.tbl_map(function(item) return item.label end, items)
  found.takesSnippets = vim.lsp.protocol.make_client_capabilities().textDocument.completion.completionItem.snippetSupport
  found.snippets = #vim.tbl_filter(function(item) return item.insertTextFormat == 2 end, items)

  at(1, 6)
  vim.lsp.buf.rename("Net")
  await("the new name", function() return text():find("train Net") ~= nil end)
  if vim.lsp.buf.format then vim.lsp.buf.format({ timeout_ms = limit }) else vim.lsp.buf.formatting_sync(nil, limit) end
  found.text = text()
  found.left = codes()

  vim.cmd("silent write")
  vim.lsp.codelens.refresh()
  await("the lenses", function() return #vim.lsp.codelens.get(0) > 0 end)
  at(vim.fn.search("^train", "w"), 0)
  vim.lsp.codelens.run()
  await("the end of the training", function() return #messages > 0 end)
  found.messages = messages
  return found
end

local done, found = xpcall(check, debug.traceback)
local out = assert(io.open(os.getenv("OUT"), "w"))
out:write(vim.fn.json_encode(done and found or { problem = found }))
out:close()
vim.cmd("qa!")
