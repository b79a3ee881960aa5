"""The public estimators of scikit-learn with their parameters, so that a document is checked without loading it.

`test_the_list_is_that_of_the_installed_scikit_learn` holds the list against `sklearn.utils.all_estimators()`.
"""

import functools

# A class and its parameters; a line that begins with blanks continues the one before.
ESTIMATORS = """\
sklearn.calibration.CalibratedClassifierCV estimator method cv n_jobs ensemble
sklearn.cluster.AffinityPropagation damping max_iter convergence_iter copy preference affinity verbose random_state
sklearn.cluster.AgglomerativeClustering n_clusters metric memory connectivity compute_full_tree linkage
    distance_threshold compute_distances
sklearn.cluster.Birch threshold branching_factor n_clusters compute_labels
sklearn.cluster.BisectingKMeans n_clusters init n_init random_state max_iter verbose tol copy_x algorithm
    bisecting_strategy
sklearn.cluster.DBSCAN eps min_samples metric metric_params algorithm leaf_size p n_jobs
sklearn.cluster.FeatureAgglomeration n_clusters metric memory connectivity compute_full_tree linkage pooling_func
    distance_threshold compute_distances
sklearn.cluster.HDBSCAN min_cluster_size min_samples cluster_selection_epsilon max_cluster_size metric metric_params
    alpha algorithm leaf_size n_jobs cluster_selection_method allow_single_cluster store_centers copy
sklearn.cluster.KMeans n_clusters init n_init max_iter tol verbose random_state copy_x algorithm
sklearn.cluster.MeanShift bandwidth seeds bin_seeding min_bin_freq cluster_all n_jobs max_iter
sklearn.cluster.MiniBatchKMeans n_clusters init max_iter batch_size verbose compute_labels random_state tol
    max_no_improvement init_size n_init reassignment_ratio
sklearn.cluster.OPTICS min_samples max_eps metric p metric_params cluster_method eps xi predecessor_correction
    min_cluster_size algorithm leaf_size memory n_jobs
sklearn.cluster.SpectralBiclustering n_clusters method n_components n_best svd_method n_svd_vecs mini_batch init
    n_init random_state
sklearn.cluster.SpectralClustering n_clusters eigen_solver n_components random_state n_init gamma affinity
    n_neighbors eigen_tol assign_labels degree coef0 kernel_params n_jobs verbose
sklearn.cluster.SpectralCoclustering n_clusters svd_method n_svd_vecs mini_batch init n_init random_state
sklearn.compose.ColumnTransformer transformers remainder sparse_threshold n_jobs transformer_weights verbose
    verbose_feature_names_out
sklearn.compose.TransformedTargetRegressor regressor transformer func inverse_func check_inverse
sklearn.covariance.EllipticEnvelope store_precision assume_centered support_fraction contamination random_state
sklearn.covariance.EmpiricalCovariance store_precision assume_centered
sklearn.covariance.GraphicalLasso alpha mode covariance tol enet_tol max_iter verbose eps assume_centered
sklearn.covariance.GraphicalLassoCV alphas n_refinements cv tol enet_tol max_iter mode n_jobs verbose eps
    assume_centered
sklearn.covariance.LedoitWolf store_precision assume_centered block_size
sklearn.covariance.MinCovDet store_precision assume_centered support_fraction random_state
sklearn.covariance.OAS store_precision assume_centered
sklearn.covariance.ShrunkCovariance store_precision assume_centered shrinkage
sklearn.cross_decomposition.CCA n_components scale max_iter tol copy
sklearn.cross_decomposition.PLSCanonical n_components scale algorithm max_iter tol copy
sklearn.cross_decomposition.PLSRegression n_components scale max_iter tol copy
sklearn.cross_decomposition.PLSSVD n_components scale copy
sklearn.decomposition.DictionaryLearning n_components alpha max_iter tol fit_algorithm transform_algorithm
    transform_n_nonzero_coefs transform_alpha n_jobs code_init dict_init callback verbose split_sign random_state
    positive_code positive_dict transform_max_iter
sklearn.decomposition.FactorAnalysis n_components tol copy max_iter noise_variance_init svd_method iterated_power
    rotation random_state
sklearn.decomposition.FastICA n_components algorithm whiten fun fun_args max_iter tol w_init whiten_solver
    random_state
sklearn.decomposition.IncrementalPCA n_components whiten copy batch_size
sklearn.decomposition.KernelPCA n_components kernel gamma degree coef0 kernel_params alpha fit_inverse_transform
    eigen_solver tol max_iter iterated_power remove_zero_eig random_state copy_X n_jobs
sklearn.decomposition.LatentDirichletAllocation n_components doc_topic_prior topic_word_prior learning_method
    learning_decay learning_offset max_iter batch_size evaluate_every total_samples perp_tol mean_change_tol
    max_doc_update_iter n_jobs verbose random_state
sklearn.decomposition.MiniBatchDictionaryLearning n_components alpha max_iter fit_algorithm n_jobs batch_size
    shuffle dict_init transform_algorithm transform_n_nonzero_coefs transform_alpha verbose split_sign random_state
    positive_code positive_dict transform_max_iter callback tol max_no_improvement
sklearn.decomposition.MiniBatchNMF n_components init batch_size beta_loss tol max_no_improvement max_iter alpha_W
    alpha_H l1_ratio forget_factor fresh_restarts fresh_restarts_max_iter transform_max_iter random_state verbose
sklearn.decomposition.MiniBatchSparsePCA n_components alpha ridge_alpha max_iter callback batch_size verbose shuffle
    n_jobs method random_state tol max_no_improvement
sklearn.decomposition.NMF n_components init solver beta_loss tol max_iter random_state alpha_W alpha_H l1_ratio
    verbose shuffle
sklearn.decomposition.PCA n_components copy whiten svd_solver tol iterated_power n_oversamples
    power_iteration_normalizer random_state
sklearn.decomposition.SparseCoder dictionary transform_algorithm transform_n_nonzero_coefs transform_alpha
    split_sign n_jobs positive_code transform_max_iter
sklearn.decomposition.SparsePCA n_components alpha ridge_alpha max_iter tol method n_jobs U_init V_init verbose
    random_state
sklearn.decomposition.TruncatedSVD n_components algorithm n_iter n_oversamples power_iteration_normalizer
    random_state tol
sklearn.discriminant_analysis.LinearDiscriminantAnalysis solver shrinkage priors n_components store_covariance tol
    covariance_estimator
sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis solver shrinkage priors reg_param store_covariance tol
    covariance_estimator
sklearn.dummy.DummyClassifier strategy random_state constant
sklearn.dummy.DummyRegressor strategy constant quantile
sklearn.ensemble.AdaBoostClassifier estimator n_estimators learning_rate random_state
sklearn.ensemble.AdaBoostRegressor estimator n_estimators learning_rate loss random_state
sklearn.ensemble.BaggingClassifier estimator n_estimators max_samples max_features bootstrap bootstrap_features
    oob_score warm_start n_jobs random_state verbose
sklearn.ensemble.BaggingRegressor estimator n_estimators max_samples max_features bootstrap bootstrap_features
    oob_score warm_start n_jobs random_state verbose
sklearn.ensemble.ExtraTreesClassifier n_estimators criterion max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features max_leaf_nodes min_impurity_decrease bootstrap oob_score n_jobs
    random_state verbose warm_start class_weight ccp_alpha max_samples monotonic_cst
sklearn.ensemble.ExtraTreesRegressor n_estimators criterion max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features max_leaf_nodes min_impurity_decrease bootstrap oob_score n_jobs
    random_state verbose warm_start ccp_alpha max_samples monotonic_cst
sklearn.ensemble.GradientBoostingClassifier loss learning_rate n_estimators subsample criterion min_samples_split
    min_samples_leaf min_weight_fraction_leaf max_depth min_impurity_decrease init random_state max_features verbose
    max_leaf_nodes warm_start validation_fraction n_iter_no_change tol ccp_alpha
sklearn.ensemble.GradientBoostingRegressor loss learning_rate n_estimators subsample criterion min_samples_split
    min_samples_leaf min_weight_fraction_leaf max_depth min_impurity_decrease init random_state max_features alpha
    verbose max_leaf_nodes warm_start validation_fraction n_iter_no_change tol ccp_alpha
sklearn.ensemble.HistGradientBoostingClassifier loss learning_rate max_iter max_leaf_nodes max_depth
    min_samples_leaf l2_regularization max_features max_bins categorical_features monotonic_cst interaction_cst
    warm_start early_stopping scoring validation_fraction n_iter_no_change tol verbose random_state class_weight
sklearn.ensemble.HistGradientBoostingRegressor loss quantile learning_rate max_iter max_leaf_nodes max_depth
    min_samples_leaf l2_regularization max_features max_bins categorical_features monotonic_cst interaction_cst
    warm_start early_stopping scoring validation_fraction n_iter_no_change tol verbose random_state
sklearn.ensemble.IsolationForest n_estimators max_samples contamination max_features bootstrap n_jobs random_state
    verbose warm_start
sklearn.ensemble.RandomForestClassifier n_estimators criterion max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features max_leaf_nodes min_impurity_decrease bootstrap oob_score n_jobs
    random_state verbose warm_start class_weight ccp_alpha max_samples monotonic_cst
sklearn.ensemble.RandomForestRegressor n_estimators criterion max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features max_leaf_nodes min_impurity_decrease bootstrap oob_score n_jobs
    random_state verbose warm_start ccp_alpha max_samples monotonic_cst
sklearn.ensemble.RandomTreesEmbedding n_estimators max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_leaf_nodes min_impurity_decrease sparse_output n_jobs random_state verbose
    warm_start
sklearn.ensemble.StackingClassifier estimators final_estimator cv stack_method n_jobs passthrough verbose
sklearn.ensemble.StackingRegressor estimators final_estimator cv n_jobs passthrough verbose
sklearn.ensemble.VotingClassifier estimators voting weights n_jobs flatten_transform verbose
sklearn.ensemble.VotingRegressor estimators weights n_jobs verbose
sklearn.feature_extraction.DictVectorizer dtype separator sparse sort
sklearn.feature_extraction.FeatureHasher n_features input_type dtype alternate_sign
sklearn.feature_extraction.image.PatchExtractor patch_size max_patches random_state
sklearn.feature_extraction.text.CountVectorizer input encoding decode_error strip_accents lowercase preprocessor
    tokenizer stop_words token_pattern ngram_range analyzer max_df min_df max_features vocabulary binary dtype
sklearn.feature_extraction.text.HashingVectorizer input encoding decode_error strip_accents lowercase preprocessor
    tokenizer stop_words token_pattern ngram_range analyzer n_features binary norm alternate_sign dtype
sklearn.feature_extraction.text.TfidfTransformer norm use_idf smooth_idf sublinear_tf
sklearn.feature_extraction.text.TfidfVectorizer input encoding decode_error strip_accents lowercase preprocessor
    tokenizer analyzer stop_words token_pattern ngram_range max_df min_df max_features vocabulary binary dtype norm
    use_idf smooth_idf sublinear_tf
sklearn.feature_selection.GenericUnivariateSelect score_func mode param
sklearn.feature_selection.RFE estimator n_features_to_select step verbose importance_getter
sklearn.feature_selection.RFECV estimator step min_features_to_select cv scoring verbose n_jobs importance_getter
sklearn.feature_selection.SelectFdr score_func alpha
sklearn.feature_selection.SelectFpr score_func alpha
sklearn.feature_selection.SelectFromModel estimator threshold prefit norm_order max_features importance_getter
sklearn.feature_selection.SelectFwe score_func alpha
sklearn.feature_selection.SelectKBest score_func k
sklearn.feature_selection.SelectPercentile score_func percentile
sklearn.feature_selection.SequentialFeatureSelector estimator n_features_to_select tol direction scoring cv n_jobs
sklearn.feature_selection.VarianceThreshold threshold
sklearn.frozen.FrozenEstimator estimator
sklearn.gaussian_process.GaussianProcessClassifier kernel optimizer n_restarts_optimizer max_iter_predict warm_start
    copy_X_train random_state multi_class n_jobs
sklearn.gaussian_process.GaussianProcessRegressor kernel alpha optimizer n_restarts_optimizer normalize_y
    copy_X_train n_targets random_state
sklearn.impute.IterativeImputer estimator missing_values sample_posterior max_iter tol n_nearest_features
    initial_strategy fill_value imputation_order skip_complete min_value max_value verbose random_state
    add_indicator keep_empty_features
sklearn.impute.KNNImputer missing_values n_neighbors weights metric copy add_indicator keep_empty_features
sklearn.impute.MissingIndicator missing_values features sparse error_on_new
sklearn.impute.SimpleImputer missing_values strategy fill_value copy add_indicator keep_empty_features
sklearn.isotonic.IsotonicRegression y_min y_max increasing out_of_bounds
sklearn.kernel_approximation.AdditiveChi2Sampler sample_steps sample_interval
sklearn.kernel_approximation.Nystroem kernel gamma coef0 degree kernel_params n_components random_state n_jobs
sklearn.kernel_approximation.PolynomialCountSketch gamma degree coef0 n_components random_state
sklearn.kernel_approximation.RBFSampler gamma n_components random_state
sklearn.kernel_approximation.SkewedChi2Sampler skewedness n_components random_state
sklearn.kernel_ridge.KernelRidge alpha kernel gamma degree coef0 kernel_params
sklearn.linear_model.ARDRegression max_iter tol alpha_1 alpha_2 lambda_1 lambda_2 compute_score threshold_lambda
    fit_intercept copy_X verbose
sklearn.linear_model.BayesianRidge max_iter tol alpha_1 alpha_2 lambda_1 lambda_2 alpha_init lambda_init
    compute_score fit_intercept copy_X verbose
sklearn.linear_model.ElasticNet alpha l1_ratio fit_intercept precompute max_iter copy_X tol warm_start positive
    random_state selection
sklearn.linear_model.ElasticNetCV l1_ratio eps alphas fit_intercept precompute max_iter tol cv copy_X verbose n_jobs
    positive random_state selection
sklearn.linear_model.GammaRegressor alpha fit_intercept solver max_iter tol warm_start verbose
sklearn.linear_model.HuberRegressor epsilon max_iter alpha warm_start fit_intercept tol
sklearn.linear_model.Lars fit_intercept verbose precompute n_nonzero_coefs eps copy_X fit_path jitter random_state
sklearn.linear_model.LarsCV fit_intercept verbose max_iter precompute cv max_n_alphas n_jobs eps copy_X
sklearn.linear_model.Lasso alpha fit_intercept precompute copy_X max_iter tol warm_start positive random_state
    selection
sklearn.linear_model.LassoCV eps alphas fit_intercept precompute max_iter tol copy_X cv verbose n_jobs positive
    random_state selection
sklearn.linear_model.LassoLars alpha fit_intercept verbose precompute max_iter eps copy_X fit_path positive jitter
    random_state
sklearn.linear_model.LassoLarsCV fit_intercept verbose max_iter precompute cv max_n_alphas n_jobs eps copy_X
    positive
sklearn.linear_model.LassoLarsIC criterion fit_intercept verbose precompute max_iter eps copy_X positive
    noise_variance
sklearn.linear_model.LinearRegression fit_intercept copy_X tol n_jobs positive
sklearn.linear_model.LogisticRegression penalty C l1_ratio dual tol fit_intercept intercept_scaling class_weight
    random_state solver max_iter verbose warm_start n_jobs
sklearn.linear_model.LogisticRegressionCV Cs l1_ratios fit_intercept cv dual penalty scoring solver tol max_iter
    class_weight n_jobs verbose refit intercept_scaling random_state use_legacy_attributes
sklearn.linear_model.MultiTaskElasticNet alpha l1_ratio fit_intercept copy_X max_iter tol warm_start random_state
    selection
sklearn.linear_model.MultiTaskElasticNetCV l1_ratio eps alphas fit_intercept max_iter tol cv copy_X verbose n_jobs
    random_state selection
sklearn.linear_model.MultiTaskLasso alpha fit_intercept copy_X max_iter tol warm_start random_state selection
sklearn.linear_model.MultiTaskLassoCV eps alphas fit_intercept max_iter tol copy_X cv verbose n_jobs random_state
    selection
sklearn.linear_model.OrthogonalMatchingPursuit n_nonzero_coefs tol fit_intercept precompute
sklearn.linear_model.OrthogonalMatchingPursuitCV copy fit_intercept max_iter cv n_jobs verbose
sklearn.linear_model.PassiveAggressiveClassifier C fit_intercept max_iter tol early_stopping validation_fraction
    n_iter_no_change shuffle verbose loss n_jobs random_state warm_start class_weight average
sklearn.linear_model.PassiveAggressiveRegressor C fit_intercept max_iter tol early_stopping validation_fraction
    n_iter_no_change shuffle verbose loss epsilon random_state warm_start average
sklearn.linear_model.Perceptron penalty alpha l1_ratio fit_intercept max_iter tol shuffle verbose eta0 n_jobs
    random_state early_stopping validation_fraction n_iter_no_change class_weight warm_start
sklearn.linear_model.PoissonRegressor alpha fit_intercept solver max_iter tol warm_start verbose
sklearn.linear_model.QuantileRegressor quantile alpha fit_intercept solver solver_options
sklearn.linear_model.RANSACRegressor estimator min_samples residual_threshold is_data_valid is_model_valid
    max_trials max_skips stop_n_inliers stop_score stop_probability loss random_state
sklearn.linear_model.Ridge alpha fit_intercept copy_X max_iter tol solver positive random_state
sklearn.linear_model.RidgeCV alphas fit_intercept scoring cv gcv_mode store_cv_results alpha_per_target
sklearn.linear_model.RidgeClassifier alpha fit_intercept copy_X max_iter tol class_weight solver positive
    random_state
sklearn.linear_model.RidgeClassifierCV alphas fit_intercept scoring cv class_weight store_cv_results
sklearn.linear_model.SGDClassifier loss penalty alpha l1_ratio fit_intercept max_iter tol shuffle verbose epsilon
    n_jobs random_state learning_rate eta0 power_t early_stopping validation_fraction n_iter_no_change class_weight
    warm_start average
sklearn.linear_model.SGDOneClassSVM nu fit_intercept max_iter tol shuffle verbose random_state learning_rate eta0
    power_t warm_start average
sklearn.linear_model.SGDRegressor loss penalty alpha l1_ratio fit_intercept max_iter tol shuffle verbose epsilon
    random_state learning_rate eta0 power_t early_stopping validation_fraction n_iter_no_change warm_start average
sklearn.linear_model.TheilSenRegressor fit_intercept max_subpopulation n_subsamples max_iter tol random_state n_jobs
    verbose
sklearn.linear_model.TweedieRegressor power alpha fit_intercept link solver max_iter tol warm_start verbose
sklearn.manifold.ClassicalMDS n_components metric metric_params
sklearn.manifold.Isomap n_neighbors radius n_components eigen_solver tol max_iter path_method neighbors_algorithm
    n_jobs metric p metric_params
sklearn.manifold.LocallyLinearEmbedding n_neighbors n_components reg eigen_solver tol max_iter method hessian_tol
    modified_tol neighbors_algorithm random_state n_jobs
sklearn.manifold.MDS n_components metric_mds n_init init max_iter verbose eps n_jobs random_state dissimilarity
    metric metric_params normalized_stress
sklearn.manifold.SpectralEmbedding n_components affinity gamma random_state eigen_solver eigen_tol n_neighbors
    n_jobs
sklearn.manifold.TSNE n_components perplexity early_exaggeration learning_rate max_iter n_iter_without_progress
    min_grad_norm metric metric_params init verbose random_state method angle n_jobs
sklearn.mixture.BayesianGaussianMixture n_components covariance_type tol reg_covar max_iter n_init init_params
    weight_concentration_prior_type weight_concentration_prior mean_precision_prior mean_prior
    degrees_of_freedom_prior covariance_prior random_state warm_start verbose verbose_interval
sklearn.mixture.GaussianMixture n_components covariance_type tol reg_covar max_iter n_init init_params weights_init
    means_init precisions_init random_state warm_start verbose verbose_interval
sklearn.model_selection.FixedThresholdClassifier estimator threshold pos_label response_method
sklearn.model_selection.GridSearchCV estimator param_grid scoring n_jobs refit cv verbose pre_dispatch error_score
    return_train_score
sklearn.model_selection.HalvingGridSearchCV estimator param_grid factor resource max_resources min_resources
    aggressive_elimination cv scoring refit error_score return_train_score random_state n_jobs verbose
sklearn.model_selection.HalvingRandomSearchCV estimator param_distributions n_candidates factor resource
    max_resources min_resources aggressive_elimination cv scoring refit error_score return_train_score random_state
    n_jobs verbose
sklearn.model_selection.RandomizedSearchCV estimator param_distributions n_iter scoring n_jobs refit cv verbose
    pre_dispatch random_state error_score return_train_score
sklearn.model_selection.TunedThresholdClassifierCV estimator scoring response_method thresholds cv refit n_jobs
    random_state store_cv_results
sklearn.multiclass.OneVsOneClassifier estimator n_jobs
sklearn.multiclass.OneVsRestClassifier estimator n_jobs verbose
sklearn.multiclass.OutputCodeClassifier estimator code_size random_state n_jobs
sklearn.multioutput.ClassifierChain estimator order cv chain_method random_state verbose
sklearn.multioutput.MultiOutputClassifier estimator n_jobs
sklearn.multioutput.MultiOutputRegressor estimator n_jobs
sklearn.multioutput.RegressorChain estimator order cv random_state verbose
sklearn.naive_bayes.BernoulliNB alpha force_alpha binarize fit_prior class_prior
sklearn.naive_bayes.CategoricalNB alpha force_alpha fit_prior class_prior min_categories
sklearn.naive_bayes.ComplementNB alpha force_alpha fit_prior class_prior norm
sklearn.naive_bayes.GaussianNB priors var_smoothing
sklearn.naive_bayes.MultinomialNB alpha force_alpha fit_prior class_prior
sklearn.neighbors.KNeighborsClassifier n_neighbors weights algorithm leaf_size p metric metric_params n_jobs
sklearn.neighbors.KNeighborsRegressor n_neighbors weights algorithm leaf_size p metric metric_params n_jobs
sklearn.neighbors.KNeighborsTransformer mode n_neighbors algorithm leaf_size metric p metric_params n_jobs
sklearn.neighbors.KernelDensity bandwidth algorithm kernel metric atol rtol breadth_first leaf_size metric_params
sklearn.neighbors.LocalOutlierFactor n_neighbors algorithm leaf_size metric p metric_params contamination novelty
    n_jobs
sklearn.neighbors.NearestCentroid metric shrink_threshold priors
sklearn.neighbors.NearestNeighbors n_neighbors radius algorithm leaf_size metric p metric_params n_jobs
sklearn.neighbors.NeighborhoodComponentsAnalysis n_components init warm_start max_iter tol callback verbose
    random_state
sklearn.neighbors.RadiusNeighborsClassifier radius weights algorithm leaf_size p metric outlier_label metric_params
    n_jobs
sklearn.neighbors.RadiusNeighborsRegressor radius weights algorithm leaf_size p metric metric_params n_jobs
sklearn.neighbors.RadiusNeighborsTransformer mode radius algorithm leaf_size metric p metric_params n_jobs
sklearn.neural_network.BernoulliRBM n_components learning_rate batch_size n_iter verbose random_state
sklearn.neural_network.MLPClassifier hidden_layer_sizes activation solver alpha batch_size learning_rate
    learning_rate_init power_t max_iter shuffle random_state tol verbose warm_start momentum nesterovs_momentum
    early_stopping validation_fraction beta_1 beta_2 epsilon n_iter_no_change max_fun
sklearn.neural_network.MLPRegressor loss hidden_layer_sizes activation solver alpha batch_size learning_rate
    learning_rate_init power_t max_iter shuffle random_state tol verbose warm_start momentum nesterovs_momentum
    early_stopping validation_fraction beta_1 beta_2 epsilon n_iter_no_change max_fun
sklearn.pipeline.FeatureUnion transformer_list n_jobs transformer_weights verbose verbose_feature_names_out
sklearn.pipeline.Pipeline steps transform_input memory verbose
sklearn.preprocessing.Binarizer threshold copy
sklearn.preprocessing.FunctionTransformer func inverse_func validate accept_sparse check_inverse feature_names_out
    kw_args inv_kw_args
sklearn.preprocessing.KBinsDiscretizer n_bins encode strategy quantile_method dtype subsample random_state
sklearn.preprocessing.KernelCenterer
sklearn.preprocessing.LabelBinarizer neg_label pos_label sparse_output
sklearn.preprocessing.LabelEncoder
sklearn.preprocessing.MaxAbsScaler copy clip
sklearn.preprocessing.MinMaxScaler feature_range copy clip
sklearn.preprocessing.MultiLabelBinarizer classes sparse_output
sklearn.preprocessing.Normalizer norm copy
sklearn.preprocessing.OneHotEncoder categories drop sparse_output dtype handle_unknown min_frequency max_categories
    feature_name_combiner
sklearn.preprocessing.OrdinalEncoder categories dtype handle_unknown unknown_value encoded_missing_value
    min_frequency max_categories
sklearn.preprocessing.PolynomialFeatures degree interaction_only include_bias order
sklearn.preprocessing.PowerTransformer method standardize copy
sklearn.preprocessing.QuantileTransformer n_quantiles output_distribution ignore_implicit_zeros subsample
    random_state copy
sklearn.preprocessing.RobustScaler with_centering with_scaling quantile_range copy unit_variance
sklearn.preprocessing.SplineTransformer n_knots degree knots extrapolation include_bias order handle_missing
    sparse_output
sklearn.preprocessing.StandardScaler copy with_mean with_std
sklearn.preprocessing.TargetEncoder categories target_type smooth cv shuffle random_state
sklearn.random_projection.GaussianRandomProjection n_components eps compute_inverse_components random_state
sklearn.random_projection.SparseRandomProjection n_components density eps dense_output compute_inverse_components
    random_state
sklearn.semi_supervised.LabelPropagation kernel gamma n_neighbors max_iter tol n_jobs
sklearn.semi_supervised.LabelSpreading kernel gamma n_neighbors alpha max_iter tol n_jobs
sklearn.semi_supervised.SelfTrainingClassifier estimator threshold criterion k_best max_iter verbose
sklearn.svm.LinearSVC penalty loss dual tol C multi_class fit_intercept intercept_scaling class_weight verbose
    random_state max_iter
sklearn.svm.LinearSVR epsilon tol C loss fit_intercept intercept_scaling dual verbose random_state max_iter
sklearn.svm.NuSVC nu kernel degree gamma coef0 shrinking probability tol cache_size class_weight verbose max_iter
    decision_function_shape break_ties random_state
sklearn.svm.NuSVR nu C kernel degree gamma coef0 shrinking tol cache_size verbose max_iter
sklearn.svm.OneClassSVM kernel degree gamma coef0 tol nu shrinking cache_size verbose max_iter
sklearn.svm.SVC C kernel degree gamma coef0 shrinking probability tol cache_size class_weight verbose max_iter
    decision_function_shape break_ties random_state
sklearn.svm.SVR kernel degree gamma coef0 tol C epsilon shrinking cache_size verbose max_iter
sklearn.tree.DecisionTreeClassifier criterion splitter max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features random_state max_leaf_nodes min_impurity_decrease class_weight ccp_alpha
    monotonic_cst
sklearn.tree.DecisionTreeRegressor criterion splitter max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features random_state max_leaf_nodes min_impurity_decrease ccp_alpha monotonic_cst
sklearn.tree.ExtraTreeClassifier criterion splitter max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features random_state max_leaf_nodes min_impurity_decrease class_weight ccp_alpha
    monotonic_cst
sklearn.tree.ExtraTreeRegressor criterion splitter max_depth min_samples_split min_samples_leaf
    min_weight_fraction_leaf max_features random_state min_impurity_decrease max_leaf_nodes ccp_alpha monotonic_cst
"""

# What is no estimator, but a parameter of one: how rows are split, the kernels of Gaussian processes, which columns.
PARTS = """\
sklearn.compose.make_column_selector pattern dtype_include dtype_exclude
sklearn.gaussian_process.kernels.CompoundKernel kernels
sklearn.gaussian_process.kernels.ConstantKernel constant_value constant_value_bounds
sklearn.gaussian_process.kernels.DotProduct sigma_0 sigma_0_bounds
sklearn.gaussian_process.kernels.ExpSineSquared length_scale periodicity length_scale_bounds periodicity_bounds
sklearn.gaussian_process.kernels.Exponentiation kernel exponent
sklearn.gaussian_process.kernels.Matern length_scale length_scale_bounds nu
sklearn.gaussian_process.kernels.PairwiseKernel gamma gamma_bounds metric pairwise_kernels_kwargs
sklearn.gaussian_process.kernels.Product k1 k2
sklearn.gaussian_process.kernels.RBF length_scale length_scale_bounds
sklearn.gaussian_process.kernels.RationalQuadratic length_scale alpha length_scale_bounds alpha_bounds
sklearn.gaussian_process.kernels.Sum k1 k2
sklearn.gaussian_process.kernels.WhiteKernel noise_level noise_level_bounds
sklearn.model_selection.KFold n_splits shuffle random_state
sklearn.model_selection.RepeatedKFold n_splits n_repeats random_state
sklearn.model_selection.RepeatedStratifiedKFold n_splits n_repeats random_state
sklearn.model_selection.ShuffleSplit n_splits test_size train_size random_state
sklearn.model_selection.StratifiedKFold n_splits shuffle random_state
sklearn.model_selection.StratifiedShuffleSplit n_splits test_size train_size random_state
sklearn.model_selection.TimeSeriesSplit n_splits max_train_size test_size gap
"""


@functools.cache
def parameters_of() -> dict[str, tuple[str, ...]]:
    """Return the names of the parameters by the class's path: estimators, and what may stand in their parameters."""
    lines = (ESTIMATORS + PARTS).replace("\n    ", " ").splitlines()
    return {path: tuple(names) for path, *names in map(str.split, lines)}


@functools.cache
def estimator_paths() -> frozenset[str]:
    """Return the paths of the estimators alone."""
    lines = ESTIMATORS.replace("\n    ", " ").splitlines()
    return frozenset(line.split()[0] for line in lines)
