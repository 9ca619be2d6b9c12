-- `vim.lsp.config` and `vim.lsp.enable`, reduced to what the README's recipe uses, for Neovim before 0.11.
-- Neovim 0.7 reads `vim.filetype.add` only if this variable is set.
vim.g.do_filetype_lua = 1
vim.lsp.config = function(name, config)
  config.name = name
  vim.lsp.enable = function(enabled)
    assert(enabled == name)
    vim.api.nvim_create_autocmd("FileType", {
      pattern = config.filetypes,
      callback = function()
        config.root_dir = vim.fn.getcwd()
        vim.lsp.buf_attach_client(0, vim.lsp.start_client(config))
      end,
    })
  end
end
